-- Index a page of jobs of earlier versions; return its size. A packed job is in the indexes already.
-- requires: worker.jobs.indexes, worker.model.TERMINAL
-- requires: worker.jobs.migrations.PAGE, worker.jobs.migrations.ALL_DONE
-- cluster: no: it reads the jobs of all users
local last = redis.call('GET', backfilled) or ''
if last == ALL_DONE then return 0 end
local ids = redis.call('ZRANGEBYLEX', 'darkroom:jobs', '(' .. last, '+', 'LIMIT', 0, PAGE)
for _, id in ipairs(ids) do
  local stored, status, kept = unpack(redis.call('HMGET', 'darkroom:job:' .. id, 'request', 'status', 'kept'))
  local is_json, request = pcall(cjson.decode, stored)
  local is_request = is_json and type(request) == 'table'
  if is_request and tonumber(request.person_id) and type(request.kind) == 'string' and status then
    local user_id = string.format('%.0f', request.person_id)
    add_to_indexes(id, user_id, request.kind)
    update_indexes(id, user_id, '', status)
    add_child(id, type(request.source) == 'string' and request.source or '')
    if not TERMINAL[status] and not kept then redis.call('SADD', 'darkroom:in-flight:' .. user_id, id) end
  end
end
redis.call('SET', backfilled, ids[#ids] or ALL_DONE)
return #ids
