-- Store a job and enqueue its first step, unless its origin has created one or a limit refuses it. The origin of a
-- deleted job creates a new one.
-- requires: worker.queues.schedule, worker.limits.ledger, worker.jobs.indexes, worker.jobs.scripts.ORIGIN_SECONDS
-- cluster: no: it writes keys of the job, of its user and of all users, and enqueues a task
local known = redis.call('GET', origin)
if known and redis.call('EXISTS', 'darkroom:job:' .. known) == 1 then return known end
local refusal = refuse(day, user_id, cost, cjson.decode(limits))
if refusal then return refusal end
record_order(job_id, day, user_id, model, cost)
redis.call('SET', origin, job_id, 'EX', ORIGIN_SECONDS)
redis.call('HSET', job, unpack(fields))
add_to_indexes(job_id, user_id, kind)
schedule(queue, job_id, now + first_poll_ms, track)
enqueue(queue, task, definition, now)
return job_id
