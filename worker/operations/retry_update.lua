-- Append the update of a dead letter to its chat's inbox; 0 if it was retried before.
-- requires: worker.queues.enqueue, worker.queues.names.Queue, worker.queues.names.Task
-- cluster: no: it enqueues a task
local chat, body = unpack(redis.call('HMGET', dead_letter, 'chat', 'body'))
if not body then return 0 end
redis.call('RPUSH', 'darkroom:inbox:' .. chat, body)
redis.call('ZADD', 'darkroom:chats', now, chat)
enqueue(Queue.UPDATES, Task.DRAIN, drain, now)
redis.call('DEL', dead_letter)
redis.call('ZREM', dead_letters, letter_id)
return 1
