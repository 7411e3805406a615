-- Inquiries: jobs of which fal knows what we do not, by the time of the next question. Each step keeps the set right.
-- requires: worker.limits.ledger, worker.jobs.inquiries.FIRST_INQUIRY_MS, worker.model.Cancellation
local function is_unanswered(status, failure, cancellation)
  return status == Status.UNCONFIRMED
    or (status == Status.FAILED and failure == Status.UNCONFIRMED)
    or (status == Status.CANCELLED and cancellation == Cancellation.UNKNOWN)
end

-- Return whether to ask fal: has it the request, or what does it bill for it? A late result is billed although its job
-- had ended at no cost.
local function has_question(job)
  if job.units then return false end
  if job.task then return job.status == Status.DONE or (TERMINAL[job.status] and micros(job.cost) > 0) end
  return job.input_digest and is_unanswered(job.status, job.failure, job.cancellation)
end

-- Between other statuses no question begins or ends.
local function may_have_question(status) return TERMINAL[status] or status == Status.UNCONFIRMED end

local function update_inquiry(queue, id, before, after)
  local inquiries = 'darkroom:inquiries:' .. queue
  if has_question(after) then
    redis.call('ZADD', inquiries, 'NX', now + FIRST_INQUIRY_MS, id)
    return true
  end
  if may_have_question(before.status) or may_have_question(after.status) then redis.call('ZREM', inquiries, id) end
  return false
end
