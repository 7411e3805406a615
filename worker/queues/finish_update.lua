-- Remove the update that was begun with this mark, never another, and return the next one. With a reason it becomes a
-- dead letter.
-- requires: worker.queues.next_update
-- cluster: no: all chats with updates are in one set, and all dead letters in another
if redis.call('GET', lease) ~= token then return false end
if redis.call('HGET', head, 'mark') == mark then
  local body = redis.call('LPOP', inbox)
  redis.call('DEL', head)
  if reason ~= '' then
    local id = 'u' .. redis.call('INCR', 'darkroom:sequence')
    redis.call('HSET', 'darkroom:dead-letters:' .. id, 'chat', chat, 'reason', reason, 'body', body)
    redis.call('ZADD', 'darkroom:dead-letters', now, id)
  end
  for _, method in ipairs(answered) do redis.call('HSET', 'darkroom:telegram-answered', method, now / 1000) end
end
return next_update(chat, inbox, lease, head, lease_ms)
