-- requires: infra.telegram.throttle.LONGEST_QUEUE_MS, infra.telegram.throttle.WINDOW_MS
-- requires: infra.telegram.throttle.EDIT_MS, infra.telegram.throttle.GROUP_EDIT_MS
-- One string for each bucket: numbers in the order of `read_bucket`.
local function read_bucket(key)
  local values = {}
  for value in (redis.call('GET', key) or ''):gmatch('%S+') do
    values[#values + 1] = tonumber(value)
  end
  return {
    full = math.max(values[1] or 0, now),
    queue = values[2] or 0,
    place = values[3] or 0,
    edited = values[4] or 0,
    sent = { unpack(values, 5) },
  }
end

-- The time of the next edit of a chat, or of the bot; a group has a limit of its messages.
local function next_edit(bucket, most) return bucket.edited + (most > 0 and GROUP_EDIT_MS or EDIT_MS) end

-- Keep a bucket until it is full and nothing waits for it; of a group's messages the last `most`.
local function save_bucket(key, bucket, most)
  local sent = bucket.sent
  while #sent > most do table.remove(sent) end
  local needed = math.max(bucket.full, bucket.queue, next_edit(bucket, most))
  if bucket.place > 0 then needed = math.max(needed, bucket.place + LONGEST_QUEUE_MS) end
  if sent[1] then needed = math.max(needed, sent[1] + WINDOW_MS) end
  if needed <= now then return redis.call('DEL', key) end
  local values = { bucket.full, bucket.queue, bucket.place, bucket.edited, unpack(sent) }
  for i, value in ipairs(values) do values[i] = string.format('%d', math.ceil(value)) end
  redis.call('SET', key, table.concat(values, ' '), 'PX', math.ceil(needed - now))
end
