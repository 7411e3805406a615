-- Update fields of a job. Fields of a deleted job would create an incomplete record.
-- requires: worker.jobs.record
-- cluster: one slot
if is_packed(job) then return PACKED end
local status = redis.call('HGET', job, 'status')
if status then write_fields(job, fields) end
return status
