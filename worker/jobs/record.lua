-- Parts of the scripts that write a job.
-- requires: worker.model.SETTLED, worker.jobs.scripts.SPENT_FIELDS, worker.jobs.scripts.PACKED
-- requires: worker.jobs.record.FIRST_PIECE

-- A script that changes a packed record returns PACKED: the caller unpacks it and calls again (store.py).
local function is_packed(key) return redis.call('HEXISTS', key, FIRST_PIECE) == 1 end

-- Write fields of a job. An empty text means the same as a missing field and takes memory.
local function write_fields(key, fields)
  local written, emptied = {}, {}
  for i = 1, #fields, 2 do
    if fields[i + 1] == '' then
      emptied[#emptied + 1] = fields[i]
    else
      written[#written + 1], written[#written + 2] = fields[i], fields[i + 1]
    end
  end
  if #written > 0 then redis.call('HSET', key, unpack(written)) end
  if #emptied > 0 then redis.call('HDEL', key, unpack(emptied)) end
end

-- Remove fields that an ended job does not need. A hash keeps the memory of deleted fields, so the remaining ones are
-- written to a new hash.
local function remove_spent_fields(key, status, needs_task)
  if not SETTLED[status] then return end
  local stored, kept = redis.call('HGETALL', key), {}
  for i = 1, #stored, 2 do
    local is_spent = SPENT_FIELDS[stored[i]] and not (needs_task and stored[i] == 'task')
    if not is_spent and stored[i + 1] ~= '' then
      kept[#kept + 1], kept[#kept + 2] = stored[i], stored[i + 1]
    end
  end
  redis.call('DEL', key)
  redis.call('HSET', key, unpack(kept))
end
