-- Take a step of a job if its status allows it: fields, indexes, ledger, slot, next poll and next task at once.
-- redis-py retries a script whose reply was lost: a step that finds its own number was taken by the first run.
-- requires: worker.queues.schedule, worker.limits.ledger, worker.limits.slots, worker.jobs.indexes, worker.jobs.record
-- requires: worker.jobs.inquiries, worker.jobs.requests, worker.limits.kept_orders
-- cluster: no: it writes keys of the job, of its user and of all users, and enqueues a task
local function next_poll() return redis.call('ZSCORE', due, job_id) end

if is_packed(job) then return PACKED end
local last_step = redis.call('HGET', job, 'step') or ''
if last_step == step then return { '', '', next_poll() or '' } end
if seen_step ~= '*' and seen_step ~= last_step then return 0 end
local status, since = unpack(redis.call('HMGET', job, 'status', 'updated_at'))
if not status or not string.find(expected, ' ' .. status .. ' ', 1, true) then return 0 end
local slots = limit(Limit.FAL_SLOTS, fal_slots)
local begins = WAITING[status] and (to == Status.PREPARING or to == Status.SUBMITTING)
if begins and redis.call('HEXISTS', job, 'kept') == 1 then return 0 end
if begins and not take_slot(queue, job_id, user_id, slots, track) then return 0 end
if request_id ~= '' and not claim_request(request_id, job_id) then return 0 end
local cost = redis.call('HGET', job, 'cost')
local status_after = to ~= '' and to or status
redis.call('HSET', job, 'step', step)
write_fields(job, fields)
record_step(job_id, day, user_id, model, cost, status)
update_indexes(job_id, user_id, status, status_after)
remove_spent_fields(job, status_after, update_inquiry(queue, job_id))
if TERMINAL[status_after] and not TERMINAL[status] then
  forget_kept(user_id, job_id, queue)
  wake_kept(user_id)
end
if to ~= '' then update_slot(queue, job_id, user_id, slots, to, task ~= '') end
if wait == '' then
  unschedule(queue, job_id)
elseif wait ~= 'unchanged' then
  local poll_at = now + wait
  schedule(queue, job_id, math.min(poll_at, at_latest and tonumber(next_poll()) or poll_at), track)
end
if task ~= '' then enqueue(queue, task, definition, now) end
redis.call('PUBLISH', 'darkroom:events:' .. job_id, status_after)
return { status, since or '', next_poll() or '' }
