-- Count a try of the first update, and return its state. The mark identifies a try, so that a retried script does not
-- count it twice. A head of another update was left by a worker of an earlier version.
-- cluster: no: the times of Telegram's answers are in one hash for all chats
if redis.call('GET', lease) ~= token then return false end
redis.call('PEXPIRE', lease, lease_ms)
local of, begun, method = unpack(redis.call('HMGET', head, 'of', 'mark', 'unanswered_method'))
if of ~= digest then
  redis.call('DEL', head)
  begun, method = nil, nil
end
if begun ~= mark then
  redis.call('HINCRBY', head, 'tries', 1)
  redis.call('HSET', head, 'mark', mark, 'of', digest)
end
local state = redis.call('HGETALL', head)
local answered_at = method and redis.call('HGET', 'darkroom:telegram-answered', method)
if answered_at then state[#state + 1], state[#state + 2] = 'answered_at', answered_at end
return state
