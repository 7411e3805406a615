-- Slots at fal, and the wait queue of each user. `take_slot` and `update_slot` are parts of a job's step.
-- requires: worker.queues.schedule, worker.limits.limit, worker.limits.limits.Limit
-- requires: worker.limits.slots.HOLDING, worker.model.WAITING
local SLOTS, WAITING_USERS, SERVED = 'darkroom:slots', 'darkroom:waiting-users', 'darkroom:served'

local function wait_queue(user_id) return 'darkroom:wait-queue:' .. user_id end

local function entry_of(queue, id) return queue .. ' ' .. id end

local function last_served(user_id) return tonumber(redis.call('HGET', SERVED, user_id) or 0) end

local function first_position(user_id)
  return tonumber(redis.call('ZRANGE', wait_queue(user_id), 0, 0, 'WITHSCORES')[2])
end

local function precedes(user_id, other)
  if last_served(user_id) ~= last_served(other) then return last_served(user_id) < last_served(other) end
  return first_position(user_id) < first_position(other)
end

local function next_user()
  local first
  for _, user_id in ipairs(redis.call('SMEMBERS', WAITING_USERS)) do
    if not first or precedes(user_id, first) then first = user_id end
  end
  return first
end

local function remove_entry(user_id, entry)
  if redis.call('ZREM', wait_queue(user_id), entry) == 0 then return false end
  if redis.call('EXISTS', wait_queue(user_id)) == 0 then redis.call('SREM', WAITING_USERS, user_id) end
  return true
end

local function has_free_slot(fal_slots)
  local slots = limit(Limit.FAL_SLOTS, fal_slots)
  return slots == 0 or redis.call('SCARD', SLOTS) < slots
end

local function hold_slot(id, user_id)
  redis.call('SADD', SLOTS, id)
  redis.call('HSET', SERVED, user_id, redis.call('INCR', 'darkroom:sequence'))
end

-- Processes of the version before use other keys, until the last of them has ended. Move the users who wait there.
local function move_former_wait_queues()
  if redis.call('EXISTS', 'darkroom:waiting') == 0 then return end
  for _, user_id in ipairs(redis.call('SMEMBERS', 'darkroom:waiting')) do
    local queue, former = wait_queue(user_id), 'darkroom:line:' .. user_id
    if redis.call('ZUNIONSTORE', queue, 2, queue, former, 'AGGREGATE', 'MIN') > 0 then
      redis.call('SADD', WAITING_USERS, user_id)
    end
    redis.call('DEL', former)
  end
  redis.call('DEL', 'darkroom:waiting')
end

-- A waiting job is polled at once when it gets a slot.
local function assign_free_slots(fal_slots)
  move_former_wait_queues()
  for user_id in next_user do
    if not has_free_slot(fal_slots) then return end
    local entry = redis.call('ZRANGE', wait_queue(user_id), 0, 0)[1]
    local queue, id = string.match(entry, '^(%S+) (%S+)$')
    remove_entry(user_id, entry)
    hold_slot(id, user_id)
    schedule(queue, id, now, redis.call('HGET', 'darkroom:tracks', queue))
  end
end

-- Return whether the job holds a slot; if not, it waits for one.
local function take_slot(queue, id, user_id, fal_slots, track)
  if redis.call('SISMEMBER', SLOTS, id) == 1 then return true end
  move_former_wait_queues()
  if has_free_slot(fal_slots) and redis.call('EXISTS', WAITING_USERS) == 0 then
    hold_slot(id, user_id)
    return true
  end
  local position = redis.call('INCR', 'darkroom:sequence')
  if redis.call('ZADD', wait_queue(user_id), 'NX', position, entry_of(queue, id)) == 1 then
    redis.call('SADD', WAITING_USERS, user_id)
    redis.call('HSET', 'darkroom:tracks', queue, track)
    schedule(queue, id, now, track)
  end
  assign_free_slots(fal_slots)
  return redis.call('SISMEMBER', SLOTS, id) == 1
end

local function release_slot(id, fal_slots)
  if redis.call('SREM', SLOTS, id) == 1 then assign_free_slots(fal_slots) end
end

-- A job that waits again, with nothing at fal, releases its slot unless a task continues it, and takes one again
-- for its next try.
local function update_slot(queue, id, user_id, fal_slots, before, status, continues)
  if HOLDING[status] then
    if not HOLDING[before] then remove_entry(user_id, entry_of(queue, id)) end
    redis.call('SADD', SLOTS, id)
  elseif not WAITING[status] and (HOLDING[before] or WAITING[before]) then
    remove_entry(user_id, entry_of(queue, id))
    release_slot(id, fal_slots)
  elseif WAITING[status] and not continues then
    release_slot(id, fal_slots)
  end
end
