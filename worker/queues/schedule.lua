-- Schedule a job's next poll. A run of `track` is enqueued at most once for the same time; a run that is long overdue
-- was lost.
-- requires: worker.queues.enqueue, worker.queues.scripts.ABANDONED_MS, worker.queues.names.Task
local function plan_track(queue, definition, due)
  local planned = tonumber(redis.call('GET', 'darkroom:wake:' .. queue))
  if planned and planned <= due and planned > now - ABANDONED_MS then return end
  redis.call('SET', 'darkroom:wake:' .. queue, due)
  enqueue(queue, Task.TRACK, definition, due)
end

local function schedule(queue, id, due, definition)
  local is_new = redis.call('ZADD', 'darkroom:due:' .. queue, due, id) == 1
  if is_new then redis.call('SADD', 'darkroom:active:' .. queue, id) end
  plan_track(queue, definition, due)
end

local function unschedule(queue, id)
  redis.call('ZREM', 'darkroom:due:' .. queue, id)
  redis.call('SREM', 'darkroom:active:' .. queue, id)
end
