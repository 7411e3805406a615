-- Kept orders: jobs that a limit has refused and that wait, by user, oldest first. They count for no limit.
-- requires: worker.queues.schedule
local function kept_orders(user_id) return 'darkroom:kept-orders:' .. user_id end

local function entry_of_kept(id, queue) return id .. ' ' .. queue end

local function count_kept(user_id) return redis.call('ZCARD', kept_orders(user_id)) end

local function keep(user_id, id, queue, track)
  redis.call('ZADD', kept_orders(user_id), 0, entry_of_kept(id, queue))
  redis.call('HSET', 'darkroom:tracks', queue, track)
end

local function forget_kept(user_id, id, queue)
  return redis.call('ZREM', kept_orders(user_id), entry_of_kept(id, queue)) == 1
end

-- A job of the user has ended: poll the oldest kept order at once, which starts all that are accepted now.
local function wake_kept(user_id)
  local oldest = redis.call('ZRANGE', kept_orders(user_id), 0, 0)[1]
  if not oldest then return end
  local id, queue = string.match(oldest, '^(%S+) (%S+)$')
  schedule(queue, id, now, redis.call('HGET', 'darkroom:tracks', queue))
end
