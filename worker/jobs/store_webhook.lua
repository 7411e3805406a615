-- Store a webhook and poll its job at once; 0 if the job expects none. A job that ended in doubt still accepts one: see
-- Job.ended_in_doubt.
-- requires: worker.queues.schedule, worker.model.Status
-- requires: worker.jobs.fal_webhooks.KEPT_SECONDS, worker.jobs.fal_webhooks.WORKING_SECONDS
-- requires: worker.jobs.fal_webhooks.URGENT_MS
-- cluster: no: it enqueues a task
redis.call('SET', 'darkroom:fal-webhooks:working', now, 'EX', WORKING_SECONDS)
local status, failure = unpack(redis.call('HMGET', job, 'status', 'failure'))
local in_doubt = status == Status.EXPIRED or (status == Status.FAILED and failure == Status.UNCONFIRMED)
if not in_doubt and not string.find(awaiting, ' ' .. (status or '') .. ' ', 1, true) then return 0 end
redis.call('HSET', webhook, 'request_id', request_id, 'body', body)
redis.call('EXPIRE', webhook, KEPT_SECONDS)
schedule(queue, job_id, now, track)
-- A result comes before the polls that are due already.
redis.call('ZADD', 'darkroom:due:' .. queue, now - URGENT_MS, job_id)
return 1
