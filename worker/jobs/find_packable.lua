-- Look at the next page of jobs: return its size, and the ids of the jobs whose records can be packed; nothing as long
-- as the version before may run. A job that fal may still finish or bill, or whose end is not shown, is not packed.
-- requires: worker.jobs.inquiries, worker.jobs.record, worker.queues.names.QUEUES
-- requires: worker.jobs.packing.ROLLBACK_MS, worker.jobs.packing.SETTLED_MS
-- cluster: no: it reads the jobs of all users
local from = tonumber(redis.call('GET', pack_from))
if not from then redis.call('SET', pack_from, string.format('%.0f', now + ROLLBACK_MS)) end
if not from or now < from then return { 0 } end

local function is_planned(id)
  for _, queue in ipairs(QUEUES) do
    if redis.call('ZSCORE', 'darkroom:due:' .. queue, id) then return true end
    if redis.call('ZSCORE', 'darkroom:inquiries:' .. queue, id) then return true end
  end
end

local function is_packable(id)
  local key = 'darkroom:job:' .. id
  local status, failure, cancellation, since, piece =
    unpack(redis.call('HMGET', key, 'status', 'failure', 'cancellation', 'updated_at', FIRST_PIECE))
  if piece or not TERMINAL[status] or now - (tonumber(since) or now) * 1000 < SETTLED_MS then return false end
  return status ~= Status.EXPIRED and not is_unanswered(status, failure, cancellation) and not is_planned(id)
end

local last = redis.call('GET', packed) or ''
local ids = redis.call('ZRANGEBYLEX', 'darkroom:jobs', '(' .. last, '+', 'LIMIT', 0, page)
local found = { #ids }
for _, id in ipairs(ids) do
  if is_packable(id) then found[#found + 1] = id end
end
if #ids == page then redis.call('SET', packed, ids[#ids]) else redis.call('DEL', packed) end
return found
