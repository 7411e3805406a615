-- Read all gauges at one moment; return series and values in turn.
-- requires: worker.limits.limit, worker.limits.limits.Limit, infra.money.MICRO, worker.queues.names.QUEUES
-- requires: worker.operations.gauges.QUEUES_OF_KINDS, infra.redis.clock.KEY
-- cluster: no: it reads all queues
local samples = {}
local function put(name, labels, value)
  samples[#samples + 1] = 'darkroom_' .. name .. (labels ~= '' and '{' .. labels .. '}' or '')
  samples[#samples + 1] = string.format('%.6f', value)
end

local function put_age(name, labels, oldest)
  put(name, labels, oldest and math.max(0, now - tonumber(oldest)) / 1000 or 0)
end

for _, queue in ipairs(QUEUES) do
  local labels = 'queue="' .. queue .. '"'
  put('queue_depth', labels, redis.call('ZCOUNT', queue, '-inf', now))
  local first = redis.call('ZRANGEBYSCORE', queue, '-inf', now, 'WITHSCORES', 'LIMIT', 0, 1)
  put_age('queue_oldest_seconds', labels, first[2])
end

local updates, chats = 0, redis.call('ZRANGE', 'darkroom:chats', 0, -1, 'WITHSCORES')
for i = 1, #chats, 2 do updates = updates + redis.call('LLEN', 'darkroom:inbox:' .. chats[i]) end
put('inbox_updates', '', updates)
put('inbox_chats', '', #chats / 2)
put_age('inbox_oldest_seconds', '', chats[2])

for kind, queue in pairs(QUEUES_OF_KINDS) do
  local counts, oldest = {}, nil
  for _, id in ipairs(redis.call('SMEMBERS', 'darkroom:active:' .. queue)) do
    local key = 'darkroom:job:' .. id
    local status, created, kept = unpack(redis.call('HMGET', key, 'status', 'created_at', 'kept'))
    created = tonumber(created)
    if status and created then
      status = kept and 'kept' or status
      counts[status] = (counts[status] or 0) + 1
      -- A kept order may wait for a month.
      if not kept then oldest = math.min(oldest or math.huge, created * 1000) end
    end
  end
  for status, number in pairs(counts) do
    put('jobs_active', 'kind="' .. kind .. '",status="' .. status .. '"', number)
  end
  put_age('jobs_oldest_seconds', 'kind="' .. kind .. '"', oldest)
end

put('slots_held', '', redis.call('SCARD', 'darkroom:slots'))
put('users_waiting', '', redis.call('SCARD', 'darkroom:waiting-users'))
put('dead_letters', '', redis.call('ZCARD', 'darkroom:dead-letters'))
put('clock_offset_seconds', '', redis.call('GET', KEY) or 0)
put('fal_webhooks_arriving', '', redis.call('EXISTS', 'darkroom:fal-webhooks:working'))

for service, key in pairs({ telegram = 'darkroom:updates:refused', fal = 'darkroom:fal-webhooks:refused' }) do
  local refused = redis.call('HGETALL', key)
  for i = 1, #refused, 2 do
    put('refusals_total', 'source="' .. service .. '",status="' .. refused[i] .. '"', refused[i + 1])
  end
end

-- The ledger has sums by user, too; only those by model are exported.
local ledger = redis.call('HGETALL', 'darkroom:ledger:' .. day)
for i = 1, #ledger, 2 do
  local model = string.match(ledger[i], '^spent:model:([%w%./_-]+)$')
  if model then put('spend_today_dollars', 'model="' .. model .. '"', ledger[i + 1] / MICRO) end
end
put('team_daily_budget_dollars', '', limit(Limit.TEAM_DAILY_BUDGET, team_daily_budget))
return samples
