-- Lease the jobs that fal is to be asked about now; return their ids.
-- cluster: one slot
local ids = redis.call('ZRANGEBYSCORE', inquiries, '-inf', now, 'LIMIT', 0, limit)
for _, id in ipairs(ids) do redis.call('ZADD', inquiries, now + lease_ms, id) end
return ids
