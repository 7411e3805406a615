-- Enqueue a task as arq does. The counter makes ids unique: arq ignores an id that it knows.
-- requires: worker.queues.wake_worker, arq.constants.job_key_prefix, worker.queues.scripts.DEFINITION_MS
local function enqueue(queue, task, definition, due)
  local id = task .. ':' .. redis.call('INCR', 'darkroom:sequence')
  redis.call('SET', job_key_prefix .. id, definition, 'PX', DEFINITION_MS)
  redis.call('ZADD', queue, due, id)
  wake_worker(queue)
end
