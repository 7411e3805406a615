-- Release a chat, and enqueue its next drain. A try with a mark is not counted; the state of the update is kept for
-- the next try.
-- requires: worker.queues.enqueue, worker.queues.names.Queue, worker.queues.names.Task
-- cluster: no: it enqueues a task
local due = now + wait_ms
if redis.call('GET', lease) ~= token then return 0 end
if mark ~= '' and redis.call('HGET', head, 'mark') == mark then
  redis.call('HINCRBY', head, 'tries', -1)
  redis.call('HDEL', head, 'mark')
end
if #fields > 0 then redis.call('HSET', head, unpack(fields)) end
redis.call('DEL', lease)
redis.call('ZADD', 'darkroom:chats', due, chat)
enqueue(Queue.UPDATES, Task.DRAIN, drain, due)
return 1
