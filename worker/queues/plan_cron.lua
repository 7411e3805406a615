-- Enqueue a cron's run, unless another worker has. The claim of a run that has ended lasts for a minute.
-- requires: worker.queues.wake_worker, worker.queues.scripts.DEFINITION_MS
-- cluster: no: arq names its keys
if redis.call('EXISTS', claim) == 1 then return end
if not redis.call('SET', task, definition, 'NX', 'PX', DEFINITION_MS) then return end
redis.call('ZADD', queue, math.max(now, due_ms), task_id)
wake_worker(queue)
