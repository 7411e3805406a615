-- Count a wrong token; return the seconds that the address has to wait, 0 below the limit.
-- requires: webhook_app.http.rate_limit.LIMIT, webhook_app.http.rate_limit.SECONDS
-- cluster: one slot
local count = redis.call('INCR', attempts)
if count == 1 then redis.call('EXPIRE', attempts, SECONDS) end
return count > LIMIT and redis.call('TTL', attempts) or 0
