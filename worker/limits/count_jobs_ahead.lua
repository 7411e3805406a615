-- Count the jobs that would get a slot before this one if no other job joined; false if it does not wait.
-- requires: worker.limits.slots
-- cluster: no: it reads the wait queues of all users
move_former_wait_queues()
local own = redis.call('ZRANK', wait_queue(user_id), entry_of(queue, job_id))
if not own then return false end
local ahead = own
for _, other in ipairs(redis.call('SMEMBERS', WAITING_USERS)) do
  if other ~= user_id then
    local rounds = precedes(other, user_id) and own + 1 or own
    ahead = ahead + math.min(redis.call('ZCARD', wait_queue(other)), rounds)
  end
end
return ahead
