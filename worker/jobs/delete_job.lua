-- Delete an ended job; 0 if it is active: it may be paid for, and its worker needs the record.
-- requires: worker.jobs.indexes
-- cluster: no: it writes keys of the job, of its user and of all users
local status, digest = unpack(redis.call('HMGET', job, 'status', 'input_digest'))
if status and ended ~= '*' and not string.find(ended, ' ' .. status .. ' ', 1, true) then return 0 end
redis.call('DEL', job, webhook)
remove_from_indexes(job_id, user_id, kind)
move_children(job_id, children, ancestors)
redis.call('ZREM', due, job_id)
redis.call('SREM', active, job_id)
redis.call('ZREM', inquiries, job_id)
if digest then redis.call('SREM', 'darkroom:fal-posts:' .. digest, job_id) end
return 1
