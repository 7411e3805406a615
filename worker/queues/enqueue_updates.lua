-- Append updates to their chats' inboxes, and wake a drain for each idle chat; return which updates are new.
-- Most chats have a drain already, so one definition is sent for all updates; an idle chat's id is inserted into it.
-- requires: worker.queues.enqueue, worker.queues.names.Queue, worker.queues.names.Task
-- requires: worker.queues.inbox.SEEN_SECONDS, worker.queues.inbox.CHAT_PLACEHOLDER
-- cluster: no: it writes inboxes of several chats, and enqueues tasks
local outcomes = {}
for i = 1, #updates, 3 do
  local update_id, chat, body = updates[i], updates[i + 1], updates[i + 2]
  local is_new = redis.call('SET', 'darkroom:seen:' .. update_id, 1, 'NX', 'EX', SEEN_SECONDS)
  outcomes[#outcomes + 1] = is_new and 1 or 0
  if is_new then
    redis.call('RPUSH', 'darkroom:inbox:' .. chat, body)
    if redis.call('ZADD', 'darkroom:chats', 'NX', now, chat) == 1 then
      local definition = string.gsub(drain, CHAT_PLACEHOLDER, function() return cjson.encode(chat) end)
      enqueue(Queue.UPDATES, Task.DRAIN, definition, now)
    end
  end
end
return outcomes
