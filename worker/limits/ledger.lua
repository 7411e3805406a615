-- Limits of an order, and the ledger: jobs and millionths of a dollar by day, user and model.
-- requires: worker.limits.limit, worker.limits.limits.Limit, worker.limits.limits.Reason, infra.money.MICRO
-- requires: worker.limits.ledger.LEDGER_SECONDS, worker.limits.ledger.UPGRADE_MS
-- requires: worker.model.Status, worker.model.TERMINAL, worker.model.UNPOSTED
-- requires: worker.users.roles.Role
local function micros(dollars) return math.floor((tonumber(dollars) or 0) * MICRO + 0.5) end

local function count(day, what, owners, amount)
  if amount == 0 then return end
  local key = 'darkroom:ledger:' .. day
  for _, owner in ipairs(owners) do
    local sum = redis.call('HINCRBY', key, what .. owner, string.format('%.0f', amount))
    if sum == amount then redis.call('EXPIRE', key, LEDGER_SECONDS) end
  end
end

local function owners_of(user_id, model) return { '', ':person:' .. user_id, ':model:' .. model } end

local function spent(day, owner)
  return tonumber(redis.call('HGET', 'darkroom:ledger:' .. day, 'spent' .. owner) or 0)
end

-- A month is the sum of its days: processes of the version before write only those.
local function spent_in_month(day, owner)
  local month, sum = string.match(day, '^%d+%-%d+'), 0
  for date = 1, 31 do
    sum = sum + spent(string.format('%s-%02d', month, date), owner)
  end
  return sum
end

local function exceeds(reason, used, wanted, allowed)
  if allowed > 0 and used + wanted > allowed then return { reason, used, allowed } end
end

-- Return which budget does not allow this increase (in millionths); nothing if all do. Months come first: who waits
-- for the next day would be refused again.
local function refuse_spending(day, user_id, wanted, limits)
  local user = ':person:' .. user_id
  local is_guest = redis.call('HGET', 'darkroom:person:' .. user_id, 'role') == Role.GUEST
  local budgets = {
    { is_guest and Limit.GUEST_MONTHLY_BUDGET, spent_in_month, user },
    { Limit.USER_MONTHLY_BUDGET, spent_in_month, user },
    { Limit.TEAM_MONTHLY_BUDGET, spent_in_month, '' },
    { is_guest and Limit.GUEST_DAILY_BUDGET, spent, user },
    { Limit.USER_DAILY_BUDGET, spent, user },
    { Limit.TEAM_DAILY_BUDGET, spent, '' },
  }
  for _, budget in ipairs(budgets) do
    local name, sum, owner = unpack(budget)
    local allowed = name and micros(limit(name, limits[name])) or 0
    local refusal = allowed > 0 and exceeds(name, sum(day, owner), wanted, allowed)
    if refusal then return refusal end
  end
end

local function refuse_pause()
  local paused = redis.call('GET', 'darkroom:paused')
  if paused then return { Reason.PAUSED, 0, 0, paused } end
end

-- Return why an order of this number of jobs is refused; nothing if it is accepted.
local function refuse(day, user_id, cost, jobs, limits)
  local in_flight = redis.call('SCARD', 'darkroom:in-flight:' .. user_id)
  return refuse_pause()
    or exceeds(Reason.USER_MAX_JOBS, in_flight, jobs, limit(Limit.USER_MAX_JOBS, limits.user_max_jobs))
    or refuse_spending(day, user_id, micros(cost), limits)
end

local function record_order(id, day, user_id, model, cost)
  redis.call('SADD', 'darkroom:in-flight:' .. user_id, id)
  count(day, 'jobs', owners_of(user_id, model), 1)
  count(day, 'spent', owners_of(user_id, model), micros(cost))
end

local function store_charge(charges, id, charge)
  if redis.call('HSET', charges, id, charge) == 1 then
    redis.call('SET', 'darkroom:charges-since', string.format('%.0f', now + UPGRADE_MS), 'NX')
    redis.call('EXPIRE', charges, LEDGER_SECONDS)
  end
end

-- Record what is counted for a submitted job, for the comparison with fal's bills (worker/operations/reconcile.py).
local function record_charge(id, day, job)
  local charges = 'darkroom:charges:' .. day
  local request_id = string.match(job.task or '', '"request_id":"([^" ]+)"')
  -- A job whose result is sent again has no task any more.
  request_id = request_id or string.match(redis.call('HGET', charges, id) or '', '%S*$')
  store_charge(charges, id, string.format('%.0f %s %s', micros(job.cost), job.status, request_id))
end

-- Record what a step changes: fields of the job before and after it.
local function record_step(id, day, user_id, model, before, after)
  local difference = micros(after.cost) - micros(before.cost)
  count(day, 'spent', owners_of(user_id, model), difference)
  local has_begun, has_ended = not UNPOSTED[before.status], TERMINAL[after.status]
  local is_submitted = not UNPOSTED[after.status] and not (has_ended and not has_begun)
  if is_submitted and (after.status ~= before.status or difference ~= 0) then record_charge(id, day, after) end
  if (not has_ended) == (not TERMINAL[before.status]) then return end
  redis.call(has_ended and 'SREM' or 'SADD', 'darkroom:in-flight:' .. user_id, id)
  if after.status == Status.FAILED then count(day, 'failed:', { after.failure or '' }, 1) end
end
