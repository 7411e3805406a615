-- Ask fal about a job again later, unless a step has answered the question.
-- cluster: one slot
return redis.call('ZADD', inquiries, 'XX', now + wait_ms, job_id)
