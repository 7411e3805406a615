-- Remove tasks that have ended, each with the time for which its claim stays, and claim due tasks: their ids and
-- definitions in turn. A claimed task is due again when its lease ends, so a claim finds free tasks and those whose
-- worker has died. A task that arq's own worker has claimed is due when that claim expires.
-- requires: worker.queues.wake_worker
-- requires: arq.constants.in_progress_key_prefix, arq.constants.job_key_prefix, arq.constants.retry_key_prefix
-- cluster: no: each task's claim has a key of arq's
for i = 1, #ended, 2 do
  local id, claim, kept_ms = ended[i], in_progress_key_prefix .. ended[i], tonumber(ended[i + 1])
  redis.call('ZREM', queue, id)
  if kept_ms == 0 then
    redis.call('DEL', job_key_prefix .. id, retry_key_prefix .. id, claim)
  else
    redis.call('DEL', job_key_prefix .. id, retry_key_prefix .. id)
    redis.call('PEXPIRE', claim, kept_ms)
  end
end
local due = redis.call('ZRANGEBYSCORE', queue, '-inf', now, 'LIMIT', 0, room + 1)
local claimed = {}
for i = 1, math.min(#due, room) do
  local id, claim, free_at = due[i], in_progress_key_prefix .. due[i], now + lease_ms
  if redis.call('SET', claim, 1, 'NX', 'PX', lease_ms) then
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = redis.call('GET', job_key_prefix .. id) or ''
  else
    free_at = now + math.max(redis.call('PTTL', claim), 1)
  end
  redis.call('ZADD', queue, free_at, id)
end
if #due > room then wake_worker(queue) end
return { claimed, redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')[2] or '', now }
