-- Close a set, unless it is closed or one of its jobs is still being made: the jobs whose results are stored and not
-- sent become its album, whose first job is polled at once. Return the set; nothing if it is gone.
-- requires: worker.queues.schedule, worker.model.Status, worker.model.TERMINAL, worker.jobs.job_set.CLOSED
-- cluster: no: it reads the jobs of the set, and enqueues a task
local stored = redis.call('GET', job_set)
if not stored or string.find(stored, CLOSED, 1, true) then return stored end
local album = {}
for id in string.gmatch(stored, '%S+') do
  local status = redis.call('HGET', 'darkroom:job:' .. id, 'status')
  if status == Status.COLLECTED or status == Status.DELIVERING then
    album[#album + 1] = id
  elseif status and not TERMINAL[status] then
    return stored
  end
end
stored = stored .. ' ' .. CLOSED .. ' ' .. table.concat(album, ' ')
redis.call('SET', job_set, stored, 'KEEPTTL')
if album[1] and album[1] ~= job_id then schedule(queue, album[1], now, track) end
return stored
