-- Move what processes of the version before have written under the former names of keys. They may still run beside this
-- version, so every reader of these keys calls this first. The next release drops it, and the end of slots.lua, which
-- moves the wait queues.
-- requires: worker.queues.names.QUEUES
-- cluster: no: it renames keys of all slots
for _, id in ipairs(redis.call('ZRANGE', 'darkroom:poisoned', 0, -1)) do
  local former = 'darkroom:poisoned:' .. id
  if redis.call('EXISTS', former) == 1 then redis.call('RENAME', former, 'darkroom:dead-letters:' .. id) end
end
redis.call('ZUNIONSTORE', 'darkroom:dead-letters', 2, 'darkroom:dead-letters', 'darkroom:poisoned', 'AGGREGATE', 'MIN')
redis.call('DEL', 'darkroom:poisoned')
if redis.call('EXISTS', 'darkroom:access-told') == 1 then
  redis.call('RENAMENX', 'darkroom:access-told', 'darkroom:access-messages')
  redis.call('DEL', 'darkroom:access-told')
end
for _, queue in ipairs(QUEUES) do redis.call('DEL', 'darkroom:bell:' .. queue) end
