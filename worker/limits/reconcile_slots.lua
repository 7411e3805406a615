-- Remove slots of a page of jobs that need none; after the last page wait-queue entries, too, and assign free slots.
-- Return the next page's cursor, and how many were removed.
-- requires: worker.limits.slots, infra.redis.paging.PAGE
-- cluster: no: it reads the jobs and the wait queues of all users
move_former_wait_queues()
local removed = 0
local function status_of(id) return redis.call('HGET', 'darkroom:job:' .. id, 'status') end

local next_cursor, ids = unpack(redis.call('SSCAN', SLOTS, cursor, 'COUNT', PAGE))
for _, id in ipairs(ids) do
  local status = status_of(id)
  if not HOLDING[status] and not WAITING[status] then removed = removed + redis.call('SREM', SLOTS, id) end
end
if next_cursor ~= '0' then return { next_cursor, removed } end
for _, user_id in ipairs(redis.call('SMEMBERS', WAITING_USERS)) do
  for _, entry in ipairs(redis.call('ZRANGE', wait_queue(user_id), 0, -1)) do
    local status = status_of(string.match(entry, '%S+$'))
    if not WAITING[status] and remove_entry(user_id, entry) then removed = removed + 1 end
  end
end
assign_free_slots(fal_slots)
return { next_cursor, removed }
