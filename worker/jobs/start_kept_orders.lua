-- Start kept orders of a user that are accepted now, in their order; return for each 1, 0 if it is not kept any more,
-- or why it is refused. After a refusal for the number of jobs, or a pause, no later order starts.
-- requires: worker.queues.schedule, worker.limits.ledger, worker.limits.kept_orders, worker.jobs.record
-- requires: worker.limits.limits.Reason, worker.model.Status
-- cluster: no: it writes keys of the jobs, of their user and of all users, and enqueues tasks
local function is_kept(id, queue)
  if not redis.call('ZSCORE', kept_orders(user_id), entry_of_kept(id, queue)) then return false end
  local status, is_cancelled = unpack(redis.call('HMGET', 'darkroom:job:' .. id, 'status', 'cancel_requested'))
  return status == Status.CREATED and is_cancelled ~= 'true'
end

local function start(job)
  forget_kept(user_id, job.id, job.queue)
  write_fields('darkroom:job:' .. job.id, job.fields)
  record_order(job.id, day, user_id, job.model, job.cost)
  schedule(job.queue, job.id, now + first_poll_ms, job.track)
  enqueue(job.queue, job.task, job.definition, now)
  redis.call('PUBLISH', 'darkroom:events:' .. job.id, Status.CREATED)
end

local outcomes, blocked, i = {}, nil, 1
while i <= #orders do
  local size, jobs, total = tonumber(orders[i]), {}, 0
  i = i + 1
  for _ = 1, size do
    local id, queue, track, model, cost, task, definition, fields = unpack(orders, i, i + 7)
    local last = i + 7 + fields
    if is_kept(id, queue) then
      local job = { id = id, queue = queue, track = track, model = model, cost = cost, task = task }
      job.definition, job.fields = definition, { unpack(orders, i + 8, last) }
      jobs[#jobs + 1], total = job, total + micros(cost)
    end
    i = last + 1
  end
  local refusal = blocked or #jobs > 0 and refuse(day, user_id, total / MICRO, #jobs, cjson.decode(limits))
  if refusal and (refusal[1] == Reason.PAUSED or refusal[1] == Reason.USER_MAX_JOBS) then blocked = refusal end
  outcomes[#outcomes + 1] = refusal or (#jobs > 0 and 1 or 0)
  if not refusal then
    for _, job in ipairs(jobs) do start(job) end
  end
end
return outcomes
