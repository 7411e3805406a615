-- Add a job to the dead letters once. Keep the time of the first report: the record is read repeatedly.
-- cluster: one slot
if redis.call('ZADD', dead_letters, 'NX', now, job_id) == 0 then return 0 end
return redis.call('HSET', dead_letter, 'reason', reason, 'damaged', '1')
