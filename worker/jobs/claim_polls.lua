-- Lease due jobs; return the number of all jobs, the end of the lease, and the ids.
-- cluster: one slot
local lease_until, planned_at = now + lease_ms, tonumber(redis.call('GET', planned))
if planned_at and planned_at <= now then redis.call('DEL', planned) end
local ids = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit)
for _, id in ipairs(ids) do redis.call('ZADD', due, lease_until, id) end
return { redis.call('ZCARD', due), lease_until, ids }
