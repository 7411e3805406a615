-- Enqueue `track` for the earliest due time. An overdue job is polled at once; one that is due soon waits for others
-- that are due soon.
-- requires: worker.queues.schedule, worker.queues.scripts.TICK_MS
-- cluster: no: it enqueues a task
local first = tonumber(redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2])
if first then plan_track(queue, track, first <= now and now or math.max(first, now + TICK_MS)) end
