-- Prolong the lease of a job. A retried script whose reply was lost finds what it has written.
-- cluster: one slot
local poll_at = tonumber(redis.call('ZSCORE', due, job_id) or 0)
if poll_at == lease_until then redis.call('ZADD', due, renewed_until, job_id) end
return (poll_at == lease_until or poll_at == renewed_until) and 1 or 0
