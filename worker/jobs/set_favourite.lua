-- Add a job to the favourites of its user, or remove it; 0 if it is gone.
-- requires: worker.jobs.indexes, worker.jobs.record
-- cluster: no: a job and an index of its user
if redis.call('EXISTS', job) == 0 then return 0 end
if is_packed(job) then return PACKED end
redis.call('HSET', job, 'favourite', tostring(wanted))
local favourites = index_key(user_id, JobIndex.FAVOURITES)
if wanted then redis.call('ZADD', favourites, 0, job_id) else redis.call('ZREM', favourites, job_id) end
return 1
