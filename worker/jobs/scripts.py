"""Lua scripts for the steps of a job, each of them atomic.

Every key is listed in docs/redis.md.
"""

from worker.jobs.indexes import INDEXES
from worker.limits.ledger import LEDGER
from worker.limits.slots import TURNS
from worker.model import SETTLED, Status
from worker.queues.scripts import ENQUEUE, SCHEDULE

# For this time a repeated update finds the job that it has created.
ORIGIN_SECONDS = 48 * 3600

# Fields that an ended job does not need. The webhook's token stays: fal repeats a webhook that is refused.
_SPENT = frozenset(
    {
        *("task", "result_urls", "deadline"),
        *("usual", "attempts", "tries", "problem", "position", "shown"),
        *("send_without", "send_attempts", "card_attempts", "card_missing"),
    }
)

# An empty text means the same as a missing field and takes memory. A hash keeps the memory of deleted fields, so the
# remaining ones are written to a new hash.
_WRITE = f"""
local SPENT = {{ {", ".join(f"{name} = true" for name in sorted(_SPENT))} }}
local SETTLED = {{ {", ".join(f"{status} = true" for status in sorted(SETTLED))} }}
local function write(key, first)
  for i = first, #ARGV, 2 do
    if ARGV[i + 1] == '' then
      redis.call('HDEL', key, ARGV[i])
    else
      redis.call('HSET', key, ARGV[i], ARGV[i + 1])
    end
  end
end
local function strip(key, status)
  if not SETTLED[status] then return end
  local stored, kept = redis.call('HGETALL', key), {{}}
  for i = 1, #stored, 2 do
    if not SPENT[stored[i]] and stored[i + 1] ~= '' then
      kept[#kept + 1], kept[#kept + 2] = stored[i], stored[i + 1]
    end
  end
  redis.call('DEL', key)
  redis.call('HSET', key, unpack(kept))
end
"""

# The origin of a deleted job creates a new one.
CREATE = f"""{ENQUEUE}{SCHEDULE}{LEDGER}{INDEXES}
local id, origin, queue, person = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local due, task, first, track = now + ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local known = redis.call('GET', 'darkroom:origin:' .. origin)
if known and redis.call('EXISTS', 'darkroom:job:' .. known) == 1 then return known end
local day, model, cost = ARGV[9], ARGV[10], ARGV[11]
local refusal = admit(day, person, cost, ARGV[12], ARGV[13], ARGV[14])
if refusal then return refusal end
book(id, day, person, model, cost)
redis.call('SET', 'darkroom:origin:' .. origin, id, 'EX', {ORIGIN_SECONDS})
redis.call('HSET', 'darkroom:job:' .. id, unpack(ARGV, 16))
add_to_indexes(id, person, ARGV[15])
schedule(queue, id, due, track)
enqueue(queue, task, first, now)
return id
"""

# redis-py retries a script whose reply was lost: a step that finds its own number was taken by the first run.
MOVE = f"""{ENQUEUE}{SCHEDULE}{LEDGER}{TURNS}{INDEXES}{_WRITE}
local id, expected, queue, wait = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local task, body, track, step, seen = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local to, day, person, model, slots = ARGV[10], ARGV[11], ARGV[12], ARGV[13], ARGV[14]
local at_latest = ARGV[15] == 'true'
local key = 'darkroom:job:' .. id
local function due() return redis.call('ZSCORE', 'darkroom:due:' .. queue, id) end
local last = redis.call('HGET', key, 'step') or ''
if last == step then return {{'', '', due() or ''}} end
if seen ~= '*' and seen ~= last then return 0 end
local status, since = unpack(redis.call('HMGET', key, 'status', 'updated_at'))
if not status or not string.find(expected, ' ' .. status .. ' ', 1, true) then return 0 end
slots = limit('fal_slots', slots)
local begins = WAITS[status] and (to == '{Status.PREPARING}' or to == '{Status.SUBMITTING}')
if begins and not take_slot(queue, id, person, slots, track) then return 0 end
local cost = redis.call('HGET', key, 'cost')
local stands = to ~= '' and to or status
redis.call('HSET', key, 'step', step)
write(key, 16)
rebook(id, day, person, model, cost, status)
update_indexes(id, person, status, stands)
strip(key, stands)
if to ~= '' then release_slot(queue, id, person, slots, to, task ~= '') end
if wait == '' then
  forget(queue, id)
elseif wait ~= 'unchanged' then
  local look = now + wait
  schedule(queue, id, math.min(look, at_latest and tonumber(due()) or look), track)
end
if task ~= '' then enqueue(queue, task, body, now) end
redis.call('PUBLISH', 'darkroom:events:' .. id, stands)
return {{status, since or '', due() or ''}}
"""

# Fields of a deleted job would create an incomplete record.
NOTE = f"""{_WRITE}
local key = 'darkroom:job:' .. ARGV[1]
if redis.call('EXISTS', key) == 1 then write(key, 2) end
"""

FAVOUR = f"""{INDEXES}
local id, person, wanted = ARGV[1], ARGV[2], ARGV[3]
local key = 'darkroom:job:' .. id
if redis.call('EXISTS', key) == 0 then return 0 end
redis.call('HSET', key, 'favourite', wanted)
favour(id, person, wanted == 'true')
return 1
"""

# Keep the time of the first report: the record is read repeatedly.
REPORT = """
local id, reason = ARGV[1], ARGV[2]
if redis.call('ZADD', 'darkroom:poisoned', 'NX', now, id) == 0 then return 0 end
return redis.call('HSET', 'darkroom:poisoned:' .. id, 'reason', reason, 'damaged', '1')
"""

# An active job may be paid for, and its worker needs the record.
DELETE = f"""{ENQUEUE}{SCHEDULE}{INDEXES}
local id, queue, person, kind, ended = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local key = 'darkroom:job:' .. id
local status = redis.call('HGET', key, 'status')
if status and ended ~= '*' and not string.find(ended, ' ' .. status .. ' ', 1, true) then return 0 end
redis.call('DEL', key, 'darkroom:fal-webhook:' .. id)
remove_from_indexes(id, person, kind)
forget(queue, id)
return 1
"""
