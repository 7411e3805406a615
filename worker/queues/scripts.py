"""Lua functions that scripts share: enqueue an arq job, wake its worker, schedule a job's next poll.

How arq stores a job: https://arq-docs.helpmanuel.com/.
"""

from arq.constants import job_key_prefix


def wake_list_key(queue: str) -> str:
    return f"darkroom:bell:{queue}"


# arq's default: a definition expires after a day. The schedule enqueues a lost task again.
DEFINITION_MS = 24 * 3600 * 1000
# A drain that has not started after this time has died, or its queue is so full that another one does no harm.
ABANDONED_MS = 10_000
# Polls that are due within this time of each other share a run.
TICK_MS = 100

# A worker blocks on its queue's wake-up list (arq_worker.py), which holds one entry at most.
WAKE = """
local function ring(queue)
  local bell = 'darkroom:bell:' .. queue
  if redis.call('EXISTS', bell) == 0 then redis.call('RPUSH', bell, 1) end
end
"""

# The sequence makes ids unique: arq ignores an id that it knows.
ENQUEUE = f"""{WAKE}
local function enqueue(queue, task, definition, due)
  local id = task .. ':' .. redis.call('INCR', 'darkroom:sequence')
  redis.call('SET', '{job_key_prefix}' .. id, definition, 'PX', {DEFINITION_MS})
  redis.call('ZADD', queue, due, id)
  ring(queue)
end
"""

# A run of `track` is enqueued at most once for the same time; a run that is long overdue was lost.
SCHEDULE = f"""
local function wake(queue, definition, due)
  local planned = tonumber(redis.call('GET', 'darkroom:wake:' .. queue))
  if planned and planned <= due and planned > now - {ABANDONED_MS} then return end
  redis.call('SET', 'darkroom:wake:' .. queue, due)
  enqueue(queue, 'track', definition, due)
end
local function schedule(queue, id, due, definition)
  redis.call('ZADD', 'darkroom:due:' .. queue, due, id)
  redis.call('SADD', 'darkroom:active:' .. queue, id)
  wake(queue, definition, due)
end
local function forget(queue, id)
  redis.call('ZREM', 'darkroom:due:' .. queue, id)
  redis.call('SREM', 'darkroom:active:' .. queue, id)
end
"""
