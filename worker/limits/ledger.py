"""Jobs and dollars of each day, by user and by model.

Only the scripts that write a job update the ledger, in the same step, so each day's sums match its jobs after any
crash. Money is stored in millionths of a dollar: integers do not drift.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from arq.connections import ArqRedis

from infra.redis.client import Script
from worker.limits.limits import LIMITS, MICRO, Limit, Reason
from worker.model import TERMINAL, UNPOSTED, Status
from worker.queues.names import Clock

KEPT_SECONDS = 35 * 24 * 3600

_ENDED = ", ".join(f"{status} = true" for status in sorted(TERMINAL))
_UNPOSTED = ", ".join(f"{status} = true" for status in sorted(UNPOSTED))

#: Lua functions: `admit` returns why an order is refused, or nothing; `book` adds a new job, `rebook` applies a step.
LEDGER = f"""{LIMITS}
local ENDED, UNPOSTED = {{ {_ENDED} }}, {{ {_UNPOSTED} }}
local function micros(dollars) return math.floor((tonumber(dollars) or 0) * {MICRO} + 0.5) end
local function count(day, what, owners, amount)
  if amount == 0 then return end
  local key = 'darkroom:ledger:' .. day
  for _, owner in ipairs(owners) do
    redis.call('HINCRBY', key, what .. owner, string.format('%.0f', amount))
  end
  redis.call('EXPIRE', key, {KEPT_SECONDS})
end
local function owners(person, model) return {{ '', ':person:' .. person, ':model:' .. model }} end
local function spent(day, owner)
  return tonumber(redis.call('HGET', 'darkroom:ledger:' .. day, 'spent' .. owner) or 0)
end
local function exceeds(reason, used, wanted, allowed)
  if allowed > 0 and used + wanted > allowed then return {{ reason, used, allowed }} end
end
local function admit(day, person, cost, jobs, personal, team)
  local paused = redis.call('GET', 'darkroom:paused')
  if paused then return {{ '{Reason.PAUSED}', 0, 0, paused }} end
  local flying, cost = redis.call('SCARD', 'darkroom:in-flight:' .. person), micros(cost)
  local own, all = limit('{Limit.USER_DAILY_BUDGET.field}', personal), limit('{Limit.TEAM_DAILY_BUDGET.field}', team)
  return exceeds('{Reason.USER_MAX_JOBS}', flying, 1, limit('{Limit.USER_MAX_JOBS.field}', jobs))
    or exceeds('{Reason.USER_DAILY_BUDGET}', spent(day, ':person:' .. person), cost, micros(own))
    or exceeds('{Reason.TEAM_DAILY_BUDGET}', spent(day, ''), cost, micros(all))
end
local function book(id, day, person, model, cost)
  redis.call('SADD', 'darkroom:in-flight:' .. person, id)
  count(day, 'jobs', owners(person, model), 1)
  count(day, 'spent', owners(person, model), micros(cost))
end
local function rebook(id, day, person, model, cost_before, before)
  local key = 'darkroom:job:' .. id
  local after = redis.call('HGET', key, 'status')
  if ENDED[after] and UNPOSTED[before] then
    redis.call('HSET', key, 'cost', '0')
  end
  count(day, 'spent', owners(person, model), micros(redis.call('HGET', key, 'cost')) - micros(cost_before))
  if not ENDED[after] == not ENDED[before] then return end
  redis.call(ENDED[after] and 'SREM' or 'SADD', 'darkroom:in-flight:' .. person, id)
  if after == '{Status.FAILED}' then count(day, 'failed:', {{ redis.call('HGET', key, 'failure') or '' }}, 1) end
end
"""

# Removes jobs in flight that an earlier version has ended, or whose record is gone.
_RECONCILE = f"""{LEDGER}
local mended = 0
for _, person in ipairs(redis.call('SMEMBERS', 'darkroom:people')) do
  local key = 'darkroom:in-flight:' .. person
  for _, id in ipairs(redis.call('SMEMBERS', key)) do
    local status = redis.call('HGET', 'darkroom:job:' .. id, 'status')
    if not status or ENDED[status] then mended = mended + redis.call('SREM', key, id) end
  end
end
return mended
"""


@dataclass(frozen=True)
class Usage:
    """A number of jobs and what they cost, in dollars."""

    jobs: int = 0
    dollars: float = 0.0


@dataclass(frozen=True)
class Account:
    """Usage of one or more days: in total, by user, by model, and failures by kind."""

    total: Usage = Usage()
    users: Mapping[int, Usage] = field(default_factory=dict)
    models: Mapping[str, Usage] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)


class Ledger:
    def __init__(self, redis: ArqRedis, clock: Clock = time.time) -> None:
        self._redis = redis
        self._clock = clock
        self._reconcile = Script(redis, _RECONCILE)

    async def read(self, days: int = 1) -> Account:
        """Sum up the last `days` days (UTC), today included."""
        today = datetime.fromtimestamp(self._clock(), UTC)
        async with self._redis.pipeline(transaction=False) as pipe:
            for past in range(days):
                pipe.hgetall(f"darkroom:ledger:{(today - timedelta(days=past)).date()}")
            return _account(await pipe.execute())

    async def in_flight(self, user_id: int) -> list[str]:
        """Return the ids of a user's active jobs, oldest first."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.smembers(f"darkroom:in-flight:{user_id}")
            found: set[bytes] = (await pipe.execute())[0]
        return sorted(job_id.decode() for job_id in found)

    async def reconcile(self) -> int:
        """Remove jobs in flight that have ended or are gone; return their number."""
        return int(await self._reconcile())


def day(seconds: float) -> str:
    """Return the ledger day (UTC) of a job that was created at this time."""
    return str(datetime.fromtimestamp(seconds, UTC).date())


def seconds_until_tomorrow(now: float) -> float:
    return 24 * 3600 - now % (24 * 3600)


def _account(days: Iterable[Mapping[bytes, bytes]]) -> Account:
    sums: dict[str, int] = {}
    for stored in days:
        for name, amount in stored.items():
            sums[name.decode()] = sums.get(name.decode(), 0) + int(amount)
    return Account(
        total=_usage(sums, ""),
        users={int(who): _usage(sums, f":person:{who}") for who in _owners(sums, "person")},
        models={model: _usage(sums, f":model:{model}") for model in _owners(sums, "model")},
        failures={
            name.removeprefix("failed:"): number
            for name, number in sums.items()
            if name.startswith("failed:")
        },
    )


def _usage(sums: Mapping[str, int], owner: str) -> Usage:
    return Usage(sums.get(f"jobs{owner}", 0), sums.get(f"spent{owner}", 0) / MICRO)


def _owners(sums: Mapping[str, int], kind: str) -> list[str]:
    prefix = f"jobs:{kind}:"
    return [name.removeprefix(prefix) for name in sums if name.startswith(prefix)]
