"""Queues and each chat's inbox: what those who bring work and those who do it agree on.

The *inbox* keeps one chat's updates in order and each handled once (`hand_over`, `take`, `finish`, `recover`), beside
arq's public surface, each step one script and so one round trip. The *due-set* of worker/due.py stands beside it.

Every key is listed in docs/redis.md. How arq stores a job: https://arq-docs.helpmanuel.com/.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.jobs import serialize_job

from infra.metrics import Meter
from infra.redis import Script, dumps

Clock = Callable[[], float]


class Queue(StrEnum):
    UPDATES = "updates"
    IMAGES = "img_queue"
    VIDEOS = "vid_queue"


def bell_key(queue: str) -> str:
    return f"darkroom:bell:{queue}"


class Task(StrEnum):
    DRAIN = "drain"
    RESUME = "resume"
    SUBMIT = "submit"
    TRACK = "track"
    COLLECT = "collect"
    DELIVER = "deliver"


def definition(task: Task, *arguments: str) -> bytes:
    """Serialize an arq job; its arguments are ids, never payloads, for arq logs them."""
    return serialize_job(task.value, arguments, {}, None, int(time.time() * 1000), serializer=dumps)


# Telegram repeats an update for up to 24 hours; a day more costs 100 bytes an update.
SEEN_SECONDS = 48 * 3600
# arq's own default: a day after its time a definition is gone. The due-set would bring it back.
DEFINITION_MS = 24 * 3600 * 1000
# A drain that stays away for so long has died, or its queue is so full that another one does no harm.
ABANDONED_MS = 10_000
# Looks that fall due within this time of each other share a run.
TICK_MS = 100

# The scripts' shared functions. A worker sleeps at its queue's bell (worker/claiming.py), which rings once however
# much comes before it wakes.
RING = """
local function ring(queue)
  local bell = 'darkroom:bell:' .. queue
  if redis.call('EXISTS', bell) == 0 then redis.call('RPUSH', bell, 1) end
end
"""

# The sequence makes ids unique: arq ignores an id that it knows.
ENQUEUE = f"""{RING}
local function enqueue(queue, task, definition, due)
  local id = task .. ':' .. redis.call('INCR', 'darkroom:sequence')
  redis.call('SET', '{job_key_prefix}' .. id, definition, 'PX', {DEFINITION_MS})
  redis.call('ZADD', queue, due, id)
  ring(queue)
end
"""

# A run of `track` is planned at most once for the same time; a plan whose time has long passed was lost.
SCHEDULE = f"""
local function wake(queue, definition, due, now)
  local planned = tonumber(redis.call('GET', 'darkroom:wake:' .. queue))
  if planned and planned <= due and planned > now - {ABANDONED_MS} then return end
  redis.call('SET', 'darkroom:wake:' .. queue, due)
  enqueue(queue, 'track', definition, due)
end
local function schedule(queue, id, due, definition, now)
  redis.call('ZADD', 'darkroom:due:' .. queue, due, id)
  redis.call('SADD', 'darkroom:active:' .. queue, id)
  wake(queue, definition, due, now)
end
local function forget(queue, id)
  redis.call('ZREM', 'darkroom:due:' .. queue, id)
  redis.call('SREM', 'darkroom:active:' .. queue, id)
end
"""

# Most updates find their chat awake, so that one definition comes for all, and an idle chat is put into it.
_CHAT = "{chat}"
_HAND_OVER = f"""{ENQUEUE}
local now, definition, outcomes = tonumber(ARGV[1]), ARGV[2], {{}}
for i = 3, #ARGV, 3 do
  local update_id, chat, body = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local is_new = redis.call('SET', 'darkroom:seen:' .. update_id, 1, 'NX', 'EX', {SEEN_SECONDS})
  outcomes[#outcomes + 1] = is_new and 1 or 0
  if is_new then
    redis.call('RPUSH', 'darkroom:inbox:' .. chat, body)
    if redis.call('ZADD', 'darkroom:chats', 'NX', now, chat) == 1 then
      local drain = string.gsub(definition, '"{_CHAT}"', function() return cjson.encode(chat) end)
      enqueue('{Queue.UPDATES}', 'drain', drain, now)
    end
  end
end
return outcomes
"""

# Whoever takes an update in hand has tried it, should they die of it too.
_HEAD = """
local function head(chat, lease)
  local key, tries = 'darkroom:lease:' .. chat, 'darkroom:tries:' .. chat
  local body = redis.call('LINDEX', 'darkroom:inbox:' .. chat, 0)
  if not body then
    redis.call('DEL', key, tries)
    redis.call('ZREM', 'darkroom:chats', chat)
    return false
  end
  redis.call('PEXPIRE', key, lease)
  return {body, redis.call('INCR', tries)}
end
"""

# A script is run again when its answer was lost on the way: the token shows that the lease is the asker's own already.
_TAKE = f"""{_HEAD}
local chat, token, lease = ARGV[1], ARGV[2], ARGV[3]
local key = 'darkroom:lease:' .. chat
if not redis.call('SET', key, token, 'NX', 'PX', lease) and redis.call('GET', key) ~= token then return false end
return head(chat, lease)
"""

# For the same reason it removes the update that it names, and never another.
_FINISH = f"""{_HEAD}
local chat, token, lease, done, reason, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local key = 'darkroom:inbox:' .. chat
if redis.call('GET', 'darkroom:lease:' .. chat) ~= token then return false end
if redis.call('LINDEX', key, 0) == done then
  redis.call('LPOP', key)
  redis.call('DEL', 'darkroom:tries:' .. chat)
  if reason ~= '' then
    local id = 'u' .. redis.call('INCR', 'darkroom:sequence')
    redis.call('HSET', 'darkroom:poisoned:' .. id, 'chat', chat, 'reason', reason, 'body', done)
    redis.call('ZADD', 'darkroom:poisoned', now, id)
  end
end
return head(chat, lease)
"""

_RESUME = f"""{ENQUEUE}
local chat, token, definition, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
if redis.call('GET', 'darkroom:lease:' .. chat) ~= token then return 0 end
redis.call('DEL', 'darkroom:lease:' .. chat)
redis.call('ZADD', 'darkroom:chats', now, chat)
enqueue('{Queue.UPDATES}', 'drain', definition, now)
return 1
"""

_RECOVER = f"""{ENQUEUE}
local now, definition, found = tonumber(ARGV[1]), ARGV[2], 0
for _, chat in ipairs(redis.call('ZRANGEBYSCORE', 'darkroom:chats', '-inf', now - {ABANDONED_MS}, 'LIMIT', 0, 500)) do
  if redis.call('EXISTS', 'darkroom:lease:' .. chat) == 0 then
    redis.call('ZADD', 'darkroom:chats', now, chat)
    local drain = string.gsub(definition, '"{_CHAT}"', function() return cjson.encode(chat) end)
    enqueue('{Queue.UPDATES}', 'drain', drain, now)
    found = found + 1
  end
end
return found
"""


class Arrival(NamedTuple):
    """An update as it came in, and whose it is."""

    update_id: int | str
    chat: str
    body: bytes


@dataclass(frozen=True)
class Taken:
    """An update in hand; `tries` counts how often it was, this time too."""

    body: bytes
    tries: int


class Inbox:
    """Each chat's updates in the order they came, handled by one drain at a time under a lease."""

    def __init__(
        self,
        redis: ArqRedis,
        clock: Clock = time.time,
        lease_seconds: float = 30,
        meter: Meter | None = None,
    ) -> None:
        self._clock = clock
        self._lease_ms = int(lease_seconds * 1000)
        self._hand_over = Script(redis, _HAND_OVER)
        self._take = Script(redis, _TAKE)
        self._finish = Script(redis, _FINISH)
        self._resume = Script(redis, _RESUME)
        self._recover = Script(redis, _RECOVER)
        self._redis = redis
        self._meter = meter or Meter()

    async def hand_over(self, update_id: int | str, chat: str, body: bytes) -> bool:
        """Append an update to its chat's inbox and wake a drain if the chat was idle; False: it was here before."""
        return (await self.hand_over_all([Arrival(update_id, chat, body)]))[0]

    async def hand_over_all(self, arrivals: Sequence[Arrival]) -> list[bool]:
        """Hand several over in one step, in their order; an error leaves open which of them are in."""
        parts = [part for arrival in arrivals for part in arrival]
        drain = definition(Task.DRAIN, _CHAT)
        outcomes = [bool(is_new) for is_new in await self._hand_over(self._now(), drain, *parts)]
        self._count(received=sum(outcomes), repeated=outcomes.count(False))
        return outcomes

    async def count_refusal(self, status: int) -> None:
        """Count a knock that was turned away, by the HTTP status it was given."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hincrby("darkroom:updates:refused", str(status), 1)
            await pipe.execute()

    async def take(self, chat: str, token: str) -> Taken | None:
        """Lease the chat and look at its first update; None: nothing waits, or somebody else holds the lease."""
        return _taken(await self._take(chat, token, self._lease_ms))

    async def finish(self, chat: str, token: str, done: Taken, poison: str = "") -> Taken | None:
        """Remove the update just handled and look at the next; None: the inbox is empty, or the lease was lost.

        One that cannot be handled is set aside with the reason, its `poison` (worker/poisoned.py).
        """
        answer = await self._finish(chat, token, self._lease_ms, done.body, poison, self._now())
        self._count(handled=not poison, poisoned=bool(poison))
        return _taken(answer)

    async def hand_on(self, chat: str, token: str) -> None:
        """Leave what still waits to a further drain: a long talk must not hold a slot for ever."""
        await self._resume(chat, token, definition(Task.DRAIN, chat), self._now())

    async def recover(self) -> int:
        """Enqueue a drain for every chat whose drain died; returns how many."""
        return int(await self._recover(self._now(), definition(Task.DRAIN, _CHAT)))

    def _count(self, **outcomes: int) -> None:
        for outcome, number in outcomes.items():
            if number:
                self._meter.count("darkroom_updates_total", number, outcome=outcome)

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _taken(answer: Any) -> Taken | None:
    return Taken(*answer) if answer else None
