-- Update fields of a job. Fields of a deleted job would create an incomplete record. With messages (id and result in
-- turn) that were sent about it: add them to the index; with a method: Telegram has answered it.
-- requires: worker.jobs.record, worker.jobs.message_index.KEPT_SECONDS
-- cluster: no: a job, its messages, and the times of Telegram's answers
local status, piece = unpack(redis.call('HMGET', job, 'status', FIRST_PIECE))
if piece then return PACKED end
for message_id, result in string.gmatch(messages, '(%S+) (%S+)') do
  redis.call('SET', 'darkroom:message:' .. chat_id .. ':' .. message_id, result, 'EX', KEPT_SECONDS)
end
if method ~= '' then redis.call('HSET', 'darkroom:telegram-answered', method, answered_at) end
if status then write_fields(job, fields) end
return status
