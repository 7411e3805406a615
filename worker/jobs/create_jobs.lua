-- Store one job, or the jobs of a set together, and enqueue their first steps, unless their origin has created some or
-- a limit refuses them. With `kept`, refused jobs are stored and wait. The origin of deleted jobs creates new ones.
-- requires: worker.queues.schedule, worker.limits.ledger, worker.jobs.indexes, worker.jobs.scripts.ORIGIN_SECONDS
-- requires: worker.jobs.scripts.SET_SECONDS, worker.jobs.scripts.KEPT_SET_SECONDS, worker.jobs.scripts.MOST_KEPT
-- requires: worker.limits.kept_orders
-- cluster: no: it writes keys of the jobs, of their user and of all users, and enqueues tasks
local known = redis.call('GET', origin) or ''
for id in string.gmatch(known, '%S+') do
  if redis.call('EXISTS', 'darkroom:job:' .. id) == 1 then return known end
end
local jobs, ids, total, i = {}, {}, 0, 1
while i <= #orders do
  local id, model, cost, task, definition, size = unpack(orders, i, i + 5)
  local last = i + 5 + size
  local order = { id = id, model = model, cost = cost, task = task, definition = definition }
  order.fields = { unpack(orders, i + 6, last) }
  jobs[#jobs + 1], ids[#ids + 1] = order, id
  total, i = total + micros(cost), last + 1
end
local refusal = refuse(day, user_id, total / MICRO, #jobs, cjson.decode(limits))
if refusal and kept == '' then return refusal end
if refusal and count_kept(user_id) + #jobs > MOST_KEPT then
  return { Reason.KEPT_ORDERS, count_kept(user_id), MOST_KEPT }
end
local created = table.concat(ids, ' ')
redis.call('SET', origin, created, 'EX', ORIGIN_SECONDS)
if #jobs > 1 then redis.call('SET', job_set, created, 'EX', refusal and KEPT_SET_SECONDS or SET_SECONDS) end
for _, job in ipairs(jobs) do
  local key = 'darkroom:job:' .. job.id
  redis.call('HSET', key, unpack(job.fields))
  add_to_indexes(job.id, user_id, kind)
  add_child(job.id, source)
  schedule(queue, job.id, now + first_poll_ms, track)
  if refusal then
    redis.call('HSET', key, 'cost', '0', unpack(cjson.decode(kept)))
    keep(user_id, job.id, queue, track)
  else
    record_order(job.id, day, user_id, job.model, job.cost)
    enqueue(queue, job.task, job.definition, now + hold_ms)
  end
end
return created
