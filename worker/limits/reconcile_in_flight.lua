-- Remove jobs in flight that an earlier version has ended, that are kept, or whose record is gone, of a page of users;
-- return the next page's cursor, and the number of jobs.
-- requires: worker.model.TERMINAL, infra.redis.paging.PAGE
-- cluster: no: it reads the jobs of all users
-- A user has some dozens of jobs in flight at most.
local removed = 0
local next_cursor, user_ids = unpack(redis.call('SSCAN', 'darkroom:people', cursor, 'COUNT', PAGE / 50))
for _, user_id in ipairs(user_ids) do
  local key = 'darkroom:in-flight:' .. user_id
  for _, id in ipairs(redis.call('SMEMBERS', key)) do
    local status, is_kept = unpack(redis.call('HMGET', 'darkroom:job:' .. id, 'status', 'kept'))
    if not status or TERMINAL[status] or is_kept then removed = removed + redis.call('SREM', key, id) end
  end
end
return { next_cursor, removed }
