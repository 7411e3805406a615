"""The schedule: every active job of a queue by the time of its next poll.

Each operation is one script, and so one round trip. Every key is listed in docs/redis.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from arq.connections import ArqRedis

from infra.redis.client import Script
from worker.model import TERMINAL
from worker.queues.names import Queue, Task, definition
from worker.queues.scripts import ENQUEUE, SCHEDULE, TICK_MS

_CLAIM = """
local queue, until_then, limit = ARGV[1], now + ARGV[2], ARGV[3]
local planned = tonumber(redis.call('GET', 'darkroom:wake:' .. queue))
if planned and planned <= now then redis.call('DEL', 'darkroom:wake:' .. queue) end
local ids = redis.call('ZRANGEBYSCORE', 'darkroom:due:' .. queue, '-inf', now, 'LIMIT', 0, limit)
for _, id in ipairs(ids) do redis.call('ZADD', 'darkroom:due:' .. queue, until_then, id) end
return {redis.call('ZCARD', 'darkroom:due:' .. queue), until_then, ids}
"""

# A due time that differs from the lease's was changed meanwhile (by a webhook or the job's end) and stays.
_PUT_BACK = """
local key, lease = 'darkroom:due:' .. ARGV[1], tonumber(ARGV[2])
for i = 3, #ARGV, 2 do
  local due = redis.call('ZSCORE', key, ARGV[i])
  if due and tonumber(due) == lease then redis.call('ZADD', key, now + ARGV[i + 1], ARGV[i]) end
end
"""

# A retried script whose reply was lost finds what it has written.
_RENEW = """
local key, id, lease, renewed = 'darkroom:due:' .. ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local due = tonumber(redis.call('ZSCORE', key, id) or 0)
if due == lease then redis.call('ZADD', key, renewed, id) end
return (due == lease or due == renewed) and 1 or 0
"""

# An overdue job is polled at once; one that is due soon waits for others that are due soon.
_PLAN = f"""{ENQUEUE}{SCHEDULE}
local queue, definition = ARGV[1], ARGV[2]
local first = tonumber(redis.call('ZRANGE', 'darkroom:due:' .. queue, 0, 0, 'WITHSCORES')[2])
if first then wake(queue, definition, first <= now and now or math.max(first, now + {TICK_MS})) end
"""

_SCHEDULE = f"""{ENQUEUE}{SCHEDULE}
schedule(ARGV[1], ARGV[2], now + ARGV[3], ARGV[4])
"""

# A late result may have reopened the job.
_FORGET = f"""{ENQUEUE}{SCHEDULE}
local queue, id, ended = ARGV[1], ARGV[2], ARGV[3]
local status = redis.call('HGET', 'darkroom:job:' .. id, 'status')
if not status or string.find(ended, ' ' .. status .. ' ', 1, true) then forget(queue, id) end
"""

# An active job that is not in the schedule has no next step. A step may still be running, so the job becomes due after
# the time of a lease.
STRAY_MS = 15_000
_RECONCILE = f"""{ENQUEUE}{SCHEDULE}
local queue, definition, strays = ARGV[1], ARGV[2], 0
for _, id in ipairs(redis.call('SMEMBERS', 'darkroom:active:' .. queue)) do
  if not redis.call('ZSCORE', 'darkroom:due:' .. queue, id) then
    schedule(queue, id, now + {STRAY_MS}, definition)
    strays = strays + 1
  end
end
return strays
"""


@dataclass(frozen=True)
class Claim:
    """Jobs to poll now; after a crash they are due again when the lease expires.

    `is_full`: there may be more due jobs.
    """

    ids: tuple[str, ...]
    lease_until_ms: int
    is_full: bool = False


class JobSchedule:
    """The active jobs of one queue by the time of their next poll, on Redis' clock.

    `followed` is their number at the last claim.
    """

    def __init__(self, redis: ArqRedis, queue: Queue, lease_seconds: float = 10) -> None:
        self._queue = queue
        self._lease_ms = int(lease_seconds * 1000)
        self.followed = 0
        self._schedule = Script(redis, _SCHEDULE)
        self._claim = Script(redis, _CLAIM)
        self._put_back = Script(redis, _PUT_BACK)
        self._renew = Script(redis, _RENEW)
        self._plan = Script(redis, _PLAN)
        self._forget = Script(redis, _FORGET)
        self._reconcile = Script(redis, _RECONCILE)

    async def schedule(self, job_id: str, seconds: float = 0) -> None:
        """Schedule a job's next poll in `seconds`; 0 wakes `track` at once."""
        track = definition(Task.TRACK, self._queue)
        await self._schedule(self._queue, job_id, int(seconds * 1000), track)

    async def claim(self, limit: int = 100) -> Claim:
        """Lease due jobs; the limit leaves time for webhooks and for results between two claims."""
        answer = await self._claim(self._queue, self._lease_ms, limit)
        self.followed, lease_until, ids = answer
        return Claim(tuple(job_id.decode() for job_id in ids), lease_until, len(ids) == limit)

    async def put_back(self, claim: Claim, looks: Mapping[str, float]) -> None:
        """Schedule the next polls of claimed jobs, in seconds, in one batch."""
        pairs = [part for job_id, wait in looks.items() for part in (job_id, int(wait * 1000))]
        if pairs:
            await self._put_back(self._queue, claim.lease_until_ms, *pairs)

    async def renew(self, job_id: str, until_ms: int, renewed_ms: int) -> bool:
        """Prolong a lease (milliseconds of Redis' clock); False if the job was rescheduled meanwhile."""
        return bool(await self._renew(self._queue, job_id, until_ms, renewed_ms))

    async def remove(self, job_id: str) -> None:
        """Remove a job that has ended or is gone."""
        await self._forget(self._queue, job_id, f" {' '.join(sorted(TERMINAL))} ")

    async def plan(self) -> None:
        """Enqueue `track` for the earliest due time, unless that is done already."""
        await self._plan(self._queue, definition(Task.TRACK, self._queue))

    async def reconcile(self) -> int:
        """Schedule every active job that has no next poll; return their number."""
        return int(await self._reconcile(self._queue, definition(Task.TRACK, self._queue)))
