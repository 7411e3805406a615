-- Enqueue a drain for every chat whose drain has died; return their number.
-- requires: worker.queues.enqueue, worker.queues.names.Queue, worker.queues.names.Task
-- requires: worker.queues.scripts.ABANDONED_MS, worker.queues.inbox.CHAT_PLACEHOLDER
-- cluster: no: it reads the leases of all chats
local recovered = 0
for _, chat in ipairs(redis.call('ZRANGEBYSCORE', 'darkroom:chats', '-inf', now - ABANDONED_MS, 'LIMIT', 0, 500)) do
  if redis.call('EXISTS', 'darkroom:lease:' .. chat) == 0 then
    redis.call('ZADD', 'darkroom:chats', now, chat)
    local definition = string.gsub(drain, CHAT_PLACEHOLDER, function() return cjson.encode(chat) end)
    enqueue(Queue.UPDATES, Task.DRAIN, definition, now)
    recovered = recovered + 1
  end
end
return recovered
