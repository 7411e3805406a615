-- Limits of an order, and the ledger: jobs and millionths of a dollar by day, user and model.
-- requires: worker.limits.limit, worker.limits.limits.Limit, worker.limits.limits.Reason, worker.limits.limits.MICRO
-- requires: worker.limits.ledger.LEDGER_SECONDS, worker.model.Status, worker.model.TERMINAL, worker.model.UNPOSTED
local function micros(dollars) return math.floor((tonumber(dollars) or 0) * MICRO + 0.5) end

local function count(day, what, owners, amount)
  if amount == 0 then return end
  local key = 'darkroom:ledger:' .. day
  for _, owner in ipairs(owners) do
    redis.call('HINCRBY', key, what .. owner, string.format('%.0f', amount))
  end
  redis.call('EXPIRE', key, LEDGER_SECONDS)
end

local function owners_of(user_id, model) return { '', ':person:' .. user_id, ':model:' .. model } end

local function spent(day, owner)
  return tonumber(redis.call('HGET', 'darkroom:ledger:' .. day, 'spent' .. owner) or 0)
end

local function exceeds(reason, used, wanted, allowed)
  if allowed > 0 and used + wanted > allowed then return { reason, used, allowed } end
end

-- Return which budget does not allow this increase (in millionths); nothing if both do.
local function refuse_spending(day, user_id, wanted, user_daily_budget, team_daily_budget)
  local user_budget = micros(limit(Limit.USER_DAILY_BUDGET, user_daily_budget))
  local team_budget = micros(limit(Limit.TEAM_DAILY_BUDGET, team_daily_budget))
  return exceeds(Reason.USER_DAILY_BUDGET, spent(day, ':person:' .. user_id), wanted, user_budget)
    or exceeds(Reason.TEAM_DAILY_BUDGET, spent(day, ''), wanted, team_budget)
end

-- Return why an order is refused; nothing if it is accepted.
local function refuse(day, user_id, cost, user_max_jobs, user_daily_budget, team_daily_budget)
  local paused = redis.call('GET', 'darkroom:paused')
  if paused then return { Reason.PAUSED, 0, 0, paused } end
  local in_flight = redis.call('SCARD', 'darkroom:in-flight:' .. user_id)
  return exceeds(Reason.USER_MAX_JOBS, in_flight, 1, limit(Limit.USER_MAX_JOBS, user_max_jobs))
    or refuse_spending(day, user_id, micros(cost), user_daily_budget, team_daily_budget)
end

local function record_order(id, day, user_id, model, cost)
  redis.call('SADD', 'darkroom:in-flight:' .. user_id, id)
  count(day, 'jobs', owners_of(user_id, model), 1)
  count(day, 'spent', owners_of(user_id, model), micros(cost))
end

-- A job that ends before its submit costs nothing.
local function record_step(id, day, user_id, model, cost_before, before)
  local key = 'darkroom:job:' .. id
  local after = redis.call('HGET', key, 'status')
  if TERMINAL[after] and UNPOSTED[before] then
    redis.call('HSET', key, 'cost', '0')
  end
  local difference = micros(redis.call('HGET', key, 'cost')) - micros(cost_before)
  count(day, 'spent', owners_of(user_id, model), difference)
  if (not TERMINAL[after]) == (not TERMINAL[before]) then return end
  redis.call(TERMINAL[after] and 'SREM' or 'SADD', 'darkroom:in-flight:' .. user_id, id)
  if after == Status.FAILED then count(day, 'failed:', { redis.call('HGET', key, 'failure') or '' }, 1) end
end
