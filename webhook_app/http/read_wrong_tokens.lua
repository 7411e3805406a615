-- Return the seconds that the address has to wait, 0 below the limit.
-- requires: webhook_app.http.rate_limit.LIMIT
-- cluster: one slot
local count = tonumber(redis.call('GET', attempts) or 0)
return count >= LIMIT and redis.call('TTL', attempts) or 0
