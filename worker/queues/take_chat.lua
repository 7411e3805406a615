-- Lease a chat, and return its first update. redis-py retries a script whose reply was lost: the token shows that the
-- caller holds the lease already.
-- requires: worker.queues.next_update
-- cluster: no: all chats with updates are in one set
if not redis.call('SET', lease, token, 'NX', 'PX', lease_ms) and redis.call('GET', lease) ~= token then return false end
return next_update(chat, inbox, lease, head, lease_ms)
