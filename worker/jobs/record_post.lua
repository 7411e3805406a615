-- Record what is about to be posted to fal, so that the request can be found if its answer is lost.
-- requires: worker.jobs.inquiries.POSTS_SECONDS
-- cluster: no: a job, and all jobs with the same input
if redis.call('EXISTS', job) == 0 then return 0 end
redis.call('HSET', job, 'input_digest', digest, 'posted_at', posted_at)
redis.call('SADD', posts, job_id)
return redis.call('EXPIRE', posts, POSTS_SECONDS)
