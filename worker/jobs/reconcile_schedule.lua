-- Schedule every active job that has no next poll; return their number. A step may still be running, so the job becomes
-- due after the time of a lease.
-- requires: worker.queues.schedule, worker.jobs.schedule.STRAY_MS
-- cluster: no: it enqueues a task
local found = 0
for _, id in ipairs(redis.call('SMEMBERS', active)) do
  if not redis.call('ZSCORE', due, id) then
    schedule(queue, id, now + STRAY_MS, track)
    found = found + 1
  end
end
return found
