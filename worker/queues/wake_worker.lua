-- Wake a worker: it blocks on the wake-up list of its queue (arq_worker.py), which holds one entry at most.
local function wake_worker(queue)
  local key = 'darkroom:wake-list:' .. queue
  if redis.call('RPUSH', key, 1) > 1 then redis.call('LPOP', key) end
end
