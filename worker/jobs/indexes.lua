-- Indexes of a user's jobs (indexes.py): kept in the step that changes the job.
-- requires: worker.jobs.indexes.JobIndex, worker.jobs.indexes.WITHOUT_RESULT
local function index_key(user_id, name) return 'darkroom:jobs:' .. user_id .. (name and ':' .. name or '') end

local function children_key(id) return 'darkroom:children:' .. id end

local function exists(id) return redis.call('EXISTS', 'darkroom:job:' .. id) == 1 end

local function add_child(id, source)
  if source ~= '' and exists(source) then redis.call('ZADD', children_key(source), 0, id) end
end

-- Let the children of a deleted job be those of its nearest ancestor that exists; that is the first one.
local function move_children(id, children, ancestors)
  for _, ancestor in ipairs(ancestors) do
    if exists(ancestor) then
      local siblings = children_key(ancestor)
      redis.call('ZUNIONSTORE', siblings, 2, siblings, children)
      redis.call('ZREM', siblings, id)
      break
    end
  end
  redis.call('DEL', children)
end

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
