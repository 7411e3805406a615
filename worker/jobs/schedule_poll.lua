-- Schedule a job's next poll.
-- requires: worker.queues.schedule
-- cluster: no: it enqueues a task
schedule(queue, job_id, now + wait_ms, track)
