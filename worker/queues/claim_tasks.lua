-- Claim due tasks. A claimed task is due again when its lease ends, so a claim finds free tasks and those whose worker
-- has died. A task that arq's own worker has claimed is due when that claim expires.
-- requires: worker.queues.wake_worker, arq.constants.in_progress_key_prefix
-- cluster: no: each task's claim has a key of arq's
local due = redis.call('ZRANGEBYSCORE', queue, '-inf', now, 'WITHSCORES', 'LIMIT', 0, room + 1)
local claimed = {}
for i = 1, math.min(#due, 2 * room), 2 do
  local claim, free_at = in_progress_key_prefix .. due[i], now + lease_ms
  if redis.call('SET', claim, 1, 'NX', 'PX', lease_ms) then
    claimed[#claimed + 1] = due[i]
    claimed[#claimed + 1] = due[i + 1]
  else
    free_at = now + math.max(redis.call('PTTL', claim), 1)
  end
  redis.call('ZADD', queue, free_at, due[i])
end
if #due > 2 * room then wake_worker(queue) end
return { claimed, redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')[2] or '', now }
