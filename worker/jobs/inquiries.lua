-- Inquiries: jobs of which fal knows what we do not, by the time of the next question. Each step keeps the set right.
-- requires: worker.limits.ledger, worker.jobs.inquiries.FIRST_INQUIRY_MS, worker.model.Cancellation
local function is_unanswered(status, failure, cancellation)
  return status == Status.UNCONFIRMED
    or (status == Status.FAILED and failure == Status.UNCONFIRMED)
    or (status == Status.CANCELLED and cancellation == Cancellation.UNKNOWN)
end

-- Return whether to ask fal: has it the request, or what does it bill for it? A late result is billed although its job
-- had ended at no cost.
local function has_question(key)
  local status, digest, task, units, cost, failure, cancellation = unpack(
    redis.call('HMGET', key, 'status', 'input_digest', 'task', 'units', 'cost', 'failure', 'cancellation')
  )
  if units then return false end
  if task then return status == Status.DONE or (TERMINAL[status] and micros(cost) > 0) end
  return digest and is_unanswered(status, failure, cancellation)
end

local function update_inquiry(queue, id)
  local inquiries = 'darkroom:inquiries:' .. queue
  if has_question('darkroom:job:' .. id) then
    redis.call('ZADD', inquiries, 'NX', now + FIRST_INQUIRY_MS, id)
    return true
  end
  redis.call('ZREM', inquiries, id)
  return false
end
