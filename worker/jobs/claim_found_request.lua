-- Claim one of the requests that fal lists with this job's input, the first that no other job has; '' if this job has
-- its own meanwhile, or if it may be another job's: one whose answer may still arrive, or a request too many. Jobs with
-- the same input may have each other's.
-- requires: worker.jobs.inquiries, worker.jobs.requests
-- cluster: no: it reads all jobs with the same input, and all requests
local unanswered, is_asked_about = 0, false
for _, id in ipairs(redis.call('SMEMBERS', posts)) do
  local status, failure, cancellation, task =
    unpack(redis.call('HMGET', 'darkroom:job:' .. id, 'status', 'failure', 'cancellation', 'task'))
  if status == Status.SUBMITTING then return '' end
  if not task and is_unanswered(status, failure, cancellation) then
    unanswered, is_asked_about = unanswered + 1, is_asked_about or id == job_id
  else
    redis.call('SREM', posts, id)
  end
end
local free = {}
for _, request_id in ipairs(found) do
  local holder = holder_of(request_id)
  if holder == job_id then return request_id end
  if not holder then free[#free + 1] = request_id end
end
if not is_asked_about or #free == 0 or #free > unanswered then return '' end
claim_request(free[1], job_id)
return free[1]
