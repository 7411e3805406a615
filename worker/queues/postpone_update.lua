-- Store an update, and handle it again later.
-- requires: worker.queues.enqueue, worker.queues.names.Queue, worker.queues.names.Task
-- requires: worker.queues.delayed_updates.KEPT_SECONDS
-- cluster: no: it enqueues a task
redis.call('SET', update, body, 'EX', KEPT_SECONDS)
enqueue(Queue.UPDATES, Task.RESUME, resume, now + wait_ms)
