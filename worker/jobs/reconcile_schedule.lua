-- Schedule every active job of a page that has no next poll; return the next page's cursor, and their number. A step
-- may still be running, so the job becomes due after the time of a lease.
-- requires: worker.queues.schedule, worker.jobs.schedule.STRAY_MS, infra.redis.paging.PAGE
-- cluster: no: it enqueues a task
local found = 0
local next_cursor, ids = unpack(redis.call('SSCAN', active, cursor, 'COUNT', PAGE))
for _, id in ipairs(ids) do
  if not redis.call('ZSCORE', due, id) then
    schedule(queue, id, now + STRAY_MS, track)
    found = found + 1
  end
end
return { next_cursor, found }
