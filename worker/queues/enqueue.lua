-- Enqueue a task as arq does. The counter makes ids unique: arq ignores an id that it knows. A task that is due later
-- needs no wake-up, because a worker looks at its queue in the meantime.
-- requires: worker.queues.wake_worker, arq.constants.job_key_prefix
-- requires: worker.queues.scripts.DEFINITION_MS, worker.queues.scripts.LONGEST_WAIT_MS
local function enqueue(queue, task, definition, due)
  local id = task .. ':' .. redis.call('INCR', 'darkroom:sequence')
  redis.call('SET', job_key_prefix .. id, definition, 'PX', DEFINITION_MS)
  redis.call('ZADD', queue, due, id)
  if due < now + LONGEST_WAIT_MS then wake_worker(queue) end
end
