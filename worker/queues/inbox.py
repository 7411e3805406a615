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

# Telegram repeats an update for up to 24 hours; one more day costs 100 bytes an update.
SEEN_SECONDS = 48 * 3600

# Most chats have a drain already, so one definition is sent for all updates; an idle chat's id is inserted into it.
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

# redis-py retries a script whose reply was lost: the token shows that the caller holds the lease already.
_TAKE = f"""{_NEXT}
local chat, token, lease = ARGV[1], ARGV[2], ARGV[3]
local key = 'darkroom:lease:' .. chat
if not redis.call('SET', key, token, 'NX', 'PX', lease) and redis.call('GET', key) ~= token then return false end
return next_update(chat, lease)
"""

# The mark identifies a try, so that a retried script does not count it twice. A head of another update was left by a
# worker of an earlier version, which removes updates without their head.
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

# Removes the update that was begun with this mark, never another.
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

# A try with a mark is not counted; the state of the update is kept for the next try.
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


class ReceivedUpdate(NamedTuple):
    """A received update and its chat."""

    update_id: int | str
    chat: str
    body: bytes


@dataclass(frozen=True)
class QueuedUpdate:
    """State of the first update in a chat's inbox.

    `tries` counts the handler runs, this one included, that have not ended. `waits` counts how often Telegram was
    unavailable. `unanswered` counts messages that Telegram did not answer; method and time (seconds since the epoch)
    are those of the last one. `answered_at` is when Telegram last answered this method. `said` are Telegram's responses
    in earlier tries (infra/telegram/replay.py), `verdict` is why the update cannot be handled.
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
    """Each chat's updates in order of arrival, handled by one drain at a time under a lease."""

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
        """Append an update to its chat's inbox and wake a drain if the chat was idle; False for a repeated update."""
        return (await self.enqueue_all([ReceivedUpdate(update_id, chat, body)]))[0]

    async def enqueue_all(self, arrivals: Sequence[ReceivedUpdate]) -> list[bool]:
        """Enqueue several updates in one step, in order; after an error it is unknown which ones are stored."""
        parts = [part for arrival in arrivals for part in arrival]
        drain = definition(Task.DRAIN, _CHAT)
        outcomes = [bool(is_new) for is_new in await self._enqueue(drain, *parts)]
        self._count(received=sum(outcomes), repeated=outcomes.count(False))
        return outcomes

    async def count_refusal(self, status: int) -> None:
        """Count a refused webhook request by its HTTP status."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hincrby("darkroom:updates:refused", str(status), 1)
            await pipe.execute()

    @property
    def lease_seconds(self) -> float:
        return self._lease_ms / 1000

    async def take(self, chat: str, token: str) -> bytes | None:
        """Lease the chat and return its first update; None if there is none or another drain holds the lease."""
        body: bytes | None = await self._take(chat, token, self._lease_ms)
        return body

    async def begin(self, chat: str, token: str, mark: str, body: bytes) -> QueuedUpdate | None:
        """Count a try of the first update, which is `body`, under a unique mark; None if the lease was lost."""
        digest = hashlib.sha256(body).hexdigest()[:16]
        known = await self._begin(chat, token, self._lease_ms, mark, digest)
        return _head(known) if known else None

    async def renew(self, chat: str, token: str) -> bool:
        """Renew the lease; False if it was lost."""
        return bool(await self._renew(chat, token, self._lease_ms))

    async def finish(
        self,
        chat: str,
        token: str,
        mark: str,
        dead_letter: str = "",
        answered: Collection[str] = (),
    ) -> bytes | None:
        """Remove the update that was begun and return the next; None if the inbox is empty or the lease was lost.

        With a reason in `dead_letter` the update becomes a dead letter (worker/operations/dead_letters.py).
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
        """Release the chat and enqueue a drain in `seconds`; a try with this `mark` does not count.

        `known` are fields of Head to store for the first update.
        """
        fields = [part for pair in known.items() for part in pair]
        await self._put_off(
            chat, token, mark, definition(Task.DRAIN, chat), int(seconds * 1000), *fields
        )

    async def recover(self) -> int:
        """Enqueue a drain for every chat whose drain died; return their number."""
        return int(await self._recover(definition(Task.DRAIN, _CHAT)))

    def _count(self, **outcomes: int) -> None:
        for outcome, number in outcomes.items():
            if number:
                self._meter.count("darkroom_updates_total", number, outcome=outcome)


def _head(stored: Sequence[bytes]) -> QueuedUpdate:
    fields = {name.decode(): value for name, value in batched(stored, 2)}
    return QueuedUpdate(
        tries=int(fields["tries"]),
        waits=int(fields.get("waits", 0)),
        unanswered=int(fields.get("unanswered", 0)),
        unanswered_method=fields.get("unanswered_method", b"").decode(),
        unanswered_at=float(fields.get("unanswered_at", 0)),
        answered_at=float(fields.get("answered_at", 0)),
        said=fields.get("said", b""),
        verdict=fields.get("verdict", b"").decode(),
    )
