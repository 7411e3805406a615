-- Schedule the next polls of claimed jobs. A due time that differs from the lease's was changed meanwhile (by a webhook
-- or the job's end) and stays.
-- cluster: one slot
for i = 1, #polls, 2 do
  local poll_at = redis.call('ZSCORE', due, polls[i])
  if poll_at and tonumber(poll_at) == lease_until then redis.call('ZADD', due, now + polls[i + 1], polls[i]) end
end
