-- Remove jobs in flight that an earlier version has ended, that are kept, or whose record is gone; return their number.
-- requires: worker.model.TERMINAL
-- cluster: no: it reads the jobs of all users
local removed = 0
for _, user_id in ipairs(redis.call('SMEMBERS', 'darkroom:people')) do
  local key = 'darkroom:in-flight:' .. user_id
  for _, id in ipairs(redis.call('SMEMBERS', key)) do
    local status, is_kept = unpack(redis.call('HMGET', 'darkroom:job:' .. id, 'status', 'kept'))
    if not status or TERMINAL[status] or is_kept then removed = removed + redis.call('SREM', key, id) end
  end
end
return removed
