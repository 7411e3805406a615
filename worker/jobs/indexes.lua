-- Indexes of a user's jobs (indexes.py): kept in the step that changes the job.
-- requires: worker.jobs.indexes.JobIndex, worker.jobs.indexes.WITHOUT_RESULT
local function index_key(user_id, name) return 'darkroom:jobs:' .. user_id .. (name and ':' .. name or '') end

local function add_to_indexes(id, user_id, kind)
  redis.call('ZADD', 'darkroom:jobs', 0, id)
  redis.call('ZADD', index_key(user_id), 0, id)
  redis.call('ZADD', index_key(user_id, kind), 0, id)
end

local function update_indexes(id, user_id, before, after)
  if WITHOUT_RESULT[after] and not WITHOUT_RESULT[before] then
    redis.call('ZADD', index_key(user_id, JobIndex.FAILED), 0, id)
  elseif WITHOUT_RESULT[before] and not WITHOUT_RESULT[after] then
    redis.call('ZREM', index_key(user_id, JobIndex.FAILED), id)
  end
end

local function remove_from_indexes(id, user_id, kind)
  redis.call('ZREM', 'darkroom:jobs', id)
  redis.call('ZREM', index_key(user_id), id)
  for _, name in ipairs({ kind, JobIndex.FAVOURITES, JobIndex.FAILED }) do
    redis.call('ZREM', index_key(user_id, name), id)
  end
end
