-- Remove a job from the schedule, unless it is active: a late result may have been accepted meanwhile.
-- cluster: no: a job and the schedule of its queue
local status = redis.call('HGET', job, 'status')
if not status or string.find(ended, ' ' .. status .. ' ', 1, true) then
  redis.call('ZREM', due, job_id)
  redis.call('SREM', active, job_id)
end
