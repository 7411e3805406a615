"""Each chat's inbox: its updates in order, each handled once, by one drain at a time under a lease.

Each step is one script, and so one round trip. Every key is listed in docs/redis.md.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import NamedTuple

from arq.connections import ArqRedis

from infra.observability.metrics import Meter
from infra.redis.client import Script
from worker.queues.names import Queue, Task, definition
from worker.queues.scripts import ABANDONED_MS, ENQUEUE

# Telegram repeats an update for up to 24 hours; a day more costs 100 bytes an update.
SEEN_SECONDS = 48 * 3600

# Most updates find their chat awake, so that one definition comes for all, and an idle chat is put into it.
_CHAT = "{chat}"
_ENQUEUE = f"""{ENQUEUE}
local definition, outcomes = ARGV[1], {{}}
for i = 2, #ARGV, 3 do
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

_NEXT = """
local function next_update(chat, lease)
  local key, body = 'darkroom:lease:' .. chat, redis.call('LINDEX', 'darkroom:inbox:' .. chat, 0)
  if body then
    redis.call('PEXPIRE', key, lease)
  else
    redis.call('DEL', key, 'darkroom:head:' .. chat)
    redis.call('ZREM', 'darkroom:chats', chat)
  end
  return body
end
"""

# A script is run again when its answer was lost on the way: the token shows that the lease is the asker's own already.
_TAKE = f"""{_NEXT}
local chat, token, lease = ARGV[1], ARGV[2], ARGV[3]
local key = 'darkroom:lease:' .. chat
if not redis.call('SET', key, token, 'NX', 'PX', lease) and redis.call('GET', key) ~= token then return false end
return next_update(chat, lease)
"""

# The mark says which try it is, so that one whose answer was lost is not counted again. What is known of another update
# was left by a worker of an earlier version, which removes updates without it.
_BEGIN = """
local chat, token, lease, mark, digest = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local key, head = 'darkroom:lease:' .. chat, 'darkroom:head:' .. chat
if redis.call('GET', key) ~= token then return false end
redis.call('PEXPIRE', key, lease)
if redis.call('HGET', head, 'of') ~= digest then redis.call('DEL', head) end
if redis.call('HGET', head, 'mark') ~= mark then
  redis.call('HINCRBY', head, 'tries', 1)
  redis.call('HSET', head, 'mark', mark, 'of', digest)
end
local known = redis.call('HGETALL', head)
local method = redis.call('HGET', head, 'unanswered_method')
local answered_at = method and redis.call('HGET', 'darkroom:telegram-answered', method)
if answered_at then known[#known + 1], known[#known + 2] = 'answered_at', answered_at end
return known
"""

_RENEW = """
local key = 'darkroom:lease:' .. ARGV[1]
return redis.call('GET', key) == ARGV[2] and redis.call('PEXPIRE', key, ARGV[3]) or 0
"""

# It removes the update that was begun with this mark, and never another.
_FINISH = f"""{_NEXT}
local chat, token, lease, mark, reason = unpack(ARGV, 1, 5)
local head = 'darkroom:head:' .. chat
if redis.call('GET', 'darkroom:lease:' .. chat) ~= token then return false end
if redis.call('HGET', head, 'mark') == mark then
  local body = redis.call('LPOP', 'darkroom:inbox:' .. chat)
  redis.call('DEL', head)
  if reason ~= '' then
    local id = 'u' .. redis.call('INCR', 'darkroom:sequence')
    redis.call('HSET', 'darkroom:poisoned:' .. id, 'chat', chat, 'reason', reason, 'body', body)
    redis.call('ZADD', 'darkroom:poisoned', now, id)
  end
  for i = 6, #ARGV do redis.call('HSET', 'darkroom:telegram-answered', ARGV[i], now / 1000) end
end
return next_update(chat, lease)
"""

# A try that is not to count is taken back; what is known of the update is kept for the next.
_PUT_OFF = f"""{ENQUEUE}
local chat, token, mark, definition, due = ARGV[1], ARGV[2], ARGV[3], ARGV[4], now + ARGV[5]
local lease, head = 'darkroom:lease:' .. chat, 'darkroom:head:' .. chat
if redis.call('GET', lease) ~= token then return 0 end
if mark ~= '' and redis.call('HGET', head, 'mark') == mark then
  redis.call('HINCRBY', head, 'tries', -1)
  redis.call('HDEL', head, 'mark')
end
if #ARGV > 5 then redis.call('HSET', head, unpack(ARGV, 6)) end
redis.call('DEL', lease)
redis.call('ZADD', 'darkroom:chats', due, chat)
enqueue('{Queue.UPDATES}', 'drain', definition, due)
return 1
"""

_RECOVER = f"""{ENQUEUE}
local definition, found = ARGV[1], 0
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
class Head:
    """What is known of the first update of a chat's inbox.

    `tries` are handlers that began, this one too, and of which no end is known. `waits` counts how often Telegram was
    away, `unanswered` how often a message was sent of which nobody knows whether it arrived: by which method, and when
    last (seconds since the epoch). `answered_at`: when Telegram last answered this method. `said` is what it has
    answered in earlier tries (infra/telegram/replay.py), `verdict` why the update cannot be handled.
    """

    tries: int = 1
    waits: int = 0
    unanswered: int = 0
    unanswered_method: str = ""
    unanswered_at: float = 0
    answered_at: float = 0
    said: bytes = b""
    verdict: str = ""


class Inbox:
    """Each chat's updates in the order they came, handled by one drain at a time under a lease."""

    def __init__(
        self,
        redis: ArqRedis,
        lease_seconds: float = 30,
        meter: Meter | None = None,
    ) -> None:
        self._lease_ms = int(lease_seconds * 1000)
        self._enqueue = Script(redis, _ENQUEUE)
        self._take = Script(redis, _TAKE)
        self._begin = Script(redis, _BEGIN)
        self._renew = Script(redis, _RENEW)
        self._finish = Script(redis, _FINISH)
        self._put_off = Script(redis, _PUT_OFF)
        self._recover = Script(redis, _RECOVER)
        self._redis = redis
        self._meter = meter or Meter()

    async def enqueue(self, update_id: int | str, chat: str, body: bytes) -> bool:
        """Append an update to its chat's inbox and wake a drain if the chat was idle; False: it was here before."""
        return (await self.enqueue_all([Arrival(update_id, chat, body)]))[0]

    async def enqueue_all(self, arrivals: Sequence[Arrival]) -> list[bool]:
        """Hand several over in one step, in their order; an error leaves open which of them are in."""
        parts = [part for arrival in arrivals for part in arrival]
        drain = definition(Task.DRAIN, _CHAT)
        outcomes = [bool(is_new) for is_new in await self._enqueue(drain, *parts)]
        self._count(received=sum(outcomes), repeated=outcomes.count(False))
        return outcomes

    async def count_refusal(self, status: int) -> None:
        """Count a knock that was turned away, by the HTTP status it was given."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hincrby("darkroom:updates:refused", str(status), 1)
            await pipe.execute()

    @property
    def lease_seconds(self) -> float:
        return self._lease_ms / 1000

    async def take(self, chat: str, token: str) -> bytes | None:
        """Lease the chat and read its first update; None: nothing waits, or another drain holds the lease."""
        body: bytes | None = await self._take(chat, token, self._lease_ms)
        return body

    async def begin(self, chat: str, token: str, mark: str, body: bytes) -> Head | None:
        """Count a try of the first update, which is this one, under a mark of its own; None: the lease was lost."""
        digest = hashlib.sha256(body).hexdigest()[:16]
        known = await self._begin(chat, token, self._lease_ms, mark, digest)
        return _head(known) if known else None

    async def renew(self, chat: str, token: str) -> bool:
        """Keep the lease for as long again; False: it was lost."""
        return bool(await self._renew(chat, token, self._lease_ms))

    async def finish(
        self,
        chat: str,
        token: str,
        mark: str,
        dead_letter: str = "",
        answered: Collection[str] = (),
    ) -> bytes | None:
        """Remove the update that was begun and read the next; None: the inbox is empty, or the lease was lost.

        One that cannot be handled is set aside with the reason, its `dead_letter` (worker/operations/dead_letters.py).
        `answered` are the methods that Telegram has answered meanwhile.
        """
        body: bytes | None = await self._finish(
            chat, token, self._lease_ms, mark, dead_letter, *answered
        )
        self._count(handled=not dead_letter, dead_letter=bool(dead_letter))
        return body

    async def put_off(
        self,
        chat: str,
        token: str,
        seconds: float = 0,
        mark: str = "",
        **known: str | bytes | float,
    ) -> None:
        """Leave the chat to a drain after so many seconds; a try with this `mark` does not count.

        `known` is kept of its first update: fields of Head.
        """
        fields = [part for pair in known.items() for part in pair]
        await self._put_off(
            chat, token, mark, definition(Task.DRAIN, chat), int(seconds * 1000), *fields
        )

    async def recover(self) -> int:
        """Enqueue a drain for every chat whose drain died; returns how many."""
        return int(await self._recover(definition(Task.DRAIN, _CHAT)))

    def _count(self, **outcomes: int) -> None:
        for outcome, number in outcomes.items():
            if number:
                self._meter.count("darkroom_updates_total", number, outcome=outcome)


def _head(stored: Sequence[bytes]) -> Head:
    fields = {name.decode(): value for name, value in batched(stored, 2)}
    return Head(
        tries=int(fields["tries"]),
        waits=int(fields.get("waits", 0)),
        unanswered=int(fields.get("unanswered", 0)),
        unanswered_method=fields.get("unanswered_method", b"").decode(),
        unanswered_at=float(fields.get("unanswered_at", 0)),
        answered_at=float(fields.get("answered_at", 0)),
        said=fields.get("said", b""),
        verdict=fields.get("verdict", b"").decode(),
    )
