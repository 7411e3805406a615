-- Keep the largest recent clock offset of all processes.
-- requires: infra.redis.clock.KEPT_SECONDS
-- cluster: one slot
local largest = tonumber(redis.call('GET', key) or 0)
if math.abs(tonumber(offset)) >= math.abs(largest) then redis.call('SET', key, offset, 'EX', KEPT_SECONDS) end
