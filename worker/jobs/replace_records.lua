-- Replace records of jobs, unless they have changed since they were read; return how many were replaced.
-- cluster: no: it writes several jobs
local function is_unchanged(key, first, last)
  if redis.call('HLEN', key) ~= (last - first + 1) / 2 then return false end
  for i = first, last, 2 do
    if redis.call('HGET', key, records[i]) ~= records[i + 1] then return false end
  end
  return true
end

local replaced, i = 0, 1
while i <= #records do
  local key, before, after = records[i], 2 * records[i + 1], 2 * records[i + 2]
  local first = i + 3 + before
  i = first + after
  if is_unchanged(key, first - before, first - 1) then
    redis.call('DEL', key)
    redis.call('HSET', key, unpack(records, first, i - 1))
    replaced = replaced + 1
  end
end
return replaced
