-- Take a step of a job if its status allows it: fields, indexes, ledger, slot, next poll and next task at once.
-- redis-py retries a script whose reply was lost: a step that finds its own number was taken by the first run.
-- requires: worker.queues.schedule, worker.limits.ledger, worker.limits.slots, worker.jobs.indexes, worker.jobs.record
-- requires: worker.jobs.inquiries, worker.jobs.requests, worker.limits.kept_orders
-- cluster: no: it writes keys of the job, of its user and of all users, and enqueues a task
local function next_poll() return redis.call('ZSCORE', due, job_id) end

local function record() return read and redis.call('HGETALL', job) or {} end

local before, after = {}, {}
local names = {
  'step', 'status', 'updated_at', 'kept', 'cost', 'units', 'task', 'failure', 'cancellation', 'input_digest',
  FIRST_PIECE,
}
for i, value in ipairs(redis.call('HMGET', job, unpack(names))) do
  before[names[i]], after[names[i]] = value or nil, value or nil
end
for i = 1, #fields, 2 do
  after[fields[i]] = fields[i + 1] ~= '' and fields[i + 1] or nil
end
if before[FIRST_PIECE] then return PACKED end
if before.step == step then return { '', '', next_poll() or '', record() } end
if seen_step ~= '*' and seen_step ~= (before.step or '') then return 0 end
if not before.status or not string.find(expected, ' ' .. before.status .. ' ', 1, true) then return 0 end
local begins = WAITING[before.status] and (to == Status.PREPARING or to == Status.SUBMITTING)
if begins and before.kept then return 0 end
if begins and not take_slot(queue, job_id, user_id, fal_slots, track) then return 0 end
if request_id ~= '' and not claim_request(request_id, job_id) then return 0 end
write_fields(job, fields)
if TERMINAL[after.status] and UNPOSTED[before.status] then
  -- It costs nothing.
  after.cost = '0'
  redis.call('HSET', job, 'cost', after.cost)
end
record_step(job_id, day, user_id, model, before, after)
update_indexes(job_id, user_id, before.status, after.status)
remove_spent_fields(job, after.status, update_inquiry(queue, job_id, before, after))
if TERMINAL[after.status] and not TERMINAL[before.status] then
  forget_kept(user_id, job_id, queue)
  wake_kept(user_id)
end
if to ~= '' then update_slot(queue, job_id, user_id, fal_slots, before.status, to, task ~= '') end
local poll_at
if wait == '' then
  unschedule(queue, job_id)
elseif wait == 'unchanged' then
  poll_at = next_poll()
else
  poll_at = now + wait
  poll_at = math.min(poll_at, at_latest and tonumber(next_poll()) or poll_at)
  schedule(queue, job_id, poll_at, track)
end
if task ~= '' then enqueue(queue, task, definition, now) end
redis.call('PUBLISH', 'darkroom:events:' .. job_id, after.status)
return { before.status, before.updated_at or '', poll_at and string.format('%.0f', poll_at) or '', record() }
