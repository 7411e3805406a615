"""Gauges for /metrics, read by one script: in one round trip, and all of the same moment."""

import time
from datetime import UTC, datetime
from itertools import batched

from arq.connections import ArqRedis

from infra.redis.client import Script
from infra.redis.clock import KEY as CLOCK_OFFSET
from worker.limits.limits import LIMITS, MICRO
from worker.model import Kind
from worker.queues.names import Clock, Queue

_QUEUES = ", ".join(f"'{queue}'" for queue in Queue)
_KINDS = ", ".join(f"{kind} = '{kind.queue}'" for kind in Kind)

# The ledger has sums by user, too; only those by model are exported.
_READ = f"""{LIMITS}
local day, budget = ARGV[1], ARGV[2]
local samples = {{}}
local function put(name, labels, value)
  samples[#samples + 1] = 'darkroom_' .. name .. (labels ~= '' and '{{' .. labels .. '}}' or '')
  samples[#samples + 1] = string.format('%.6f', value)
end
local function put_age(name, labels, oldest)
  put(name, labels, oldest and math.max(0, now - tonumber(oldest)) / 1000 or 0)
end
for _, queue in ipairs({{ {_QUEUES} }}) do
  local labels = 'queue="' .. queue .. '"'
  put('queue_depth', labels, redis.call('ZCOUNT', queue, '-inf', now))
  local first = redis.call('ZRANGEBYSCORE', queue, '-inf', now, 'WITHSCORES', 'LIMIT', 0, 1)
  put_age('queue_oldest_seconds', labels, first[2])
end
local waiting, chats = 0, redis.call('ZRANGE', 'darkroom:chats', 0, -1, 'WITHSCORES')
for i = 1, #chats, 2 do waiting = waiting + redis.call('LLEN', 'darkroom:inbox:' .. chats[i]) end
put('inbox_updates', '', waiting)
put('inbox_chats', '', #chats / 2)
put_age('inbox_oldest_seconds', '', chats[2])
for kind, queue in pairs({{ {_KINDS} }}) do
  local counts, oldest = {{}}, nil
  for _, id in ipairs(redis.call('SMEMBERS', 'darkroom:active:' .. queue)) do
    local status, created = unpack(redis.call('HMGET', 'darkroom:job:' .. id, 'status', 'created_at'))
    created = tonumber(created)
    if status and created then
      counts[status] = (counts[status] or 0) + 1
      oldest = math.min(oldest or math.huge, created * 1000)
    end
  end
  for status, number in pairs(counts) do
    put('jobs_active', 'kind="' .. kind .. '",status="' .. status .. '"', number)
  end
  put_age('jobs_oldest_seconds', 'kind="' .. kind .. '"', oldest)
end
put('slots_held', '', redis.call('SCARD', 'darkroom:slots'))
put('users_waiting', '', redis.call('SCARD', 'darkroom:waiting'))
put('dead_letters', '', redis.call('ZCARD', 'darkroom:poisoned'))
put('clock_offset_seconds', '', redis.call('GET', '{CLOCK_OFFSET}') or 0)
put('fal_webhooks_arriving', '', redis.call('EXISTS', 'darkroom:fal-webhooks:working'))
for door, key in pairs({{ telegram = 'darkroom:updates:refused', fal = 'darkroom:fal-webhooks:refused' }}) do
  local refused = redis.call('HGETALL', key)
  for i = 1, #refused, 2 do
    put('refusals_total', 'door="' .. door .. '",status="' .. refused[i] .. '"', refused[i + 1])
  end
end
local ledger = redis.call('HGETALL', 'darkroom:ledger:' .. day)
for i = 1, #ledger, 2 do
  local model = string.match(ledger[i], '^spent:model:([%w%./_-]+)$')
  if model then put('spend_today_dollars', 'model="' .. model .. '"', ledger[i + 1] / {MICRO}) end
end
put('team_daily_budget_dollars', '', limit('team_daily_budget', budget))
return samples
"""


class RedisGauges:
    """`team_daily_budget` (dollars) is the setting; a value of an admin takes precedence."""

    def __init__(self, redis: ArqRedis, team_daily_budget: float, clock: Clock = time.time) -> None:
        self._team_daily_budget = team_daily_budget
        self._clock = clock
        self._read = Script(redis, _READ)

    async def read(self) -> dict[str, float]:
        """Return the values by series (infra/observability/metrics.py)."""
        day = str(datetime.fromtimestamp(self._clock(), UTC).date())
        found = await self._read(day, self._team_daily_budget)
        return {name.decode(): float(value) for name, value in batched(found, 2)}
