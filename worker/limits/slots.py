"""Slots: a limited number of jobs is at fal, the others wait in a queue that is fair between users.

A job holds its slot until fal is done with it. A free slot goes to the user who was served least recently, to their
oldest waiting job, which is woken at once. Every key is listed in docs/redis.md.
"""

from arq.connections import ArqRedis

from infra.redis.client import Script
from worker.limits.limits import LIMITS, Limits
from worker.model import WAITING, Job, Status
from worker.queues.scripts import ENQUEUE, SCHEDULE

#: In these statuses fal has the job, may have it, or is about to get it.
HOLDING = frozenset(
    {Status.PREPARING, Status.SUBMITTING, Status.UNCONFIRMED, Status.QUEUED, Status.RUNNING}
)
_HOLDS = ", ".join(f"{status} = true" for status in sorted(HOLDING))
_WAITS = ", ".join(f"{status} = true" for status in sorted(WAITING))

# `take_slot` and `release_slot` are parts of a job's step. A waiting job is polled at once when it gets a slot.
# A job that goes back to waiting, with nothing at fal, releases its slot and takes one again for its next try.
TURNS = f"""
local HOLDS, WAITS = {{ {_HOLDS} }}, {{ {_WAITS} }}
local LINE, WAITING, SLOTS, SERVED = 'darkroom:line:', 'darkroom:waiting', 'darkroom:slots', 'darkroom:served'
local function served(person) return tonumber(redis.call('HGET', SERVED, person) or 0) end
local function head(person) return tonumber(redis.call('ZRANGE', LINE .. person, 0, 0, 'WITHSCORES')[2]) end
local function precedes(one, another)
  if served(one) ~= served(another) then return served(one) < served(another) end
  return head(one) < head(another)
end
local function next_person()
  local first
  for _, person in ipairs(redis.call('SMEMBERS', WAITING)) do
    if not first or precedes(person, first) then first = person end
  end
  return first
end
local function leave(person, place)
  local left = redis.call('ZREM', LINE .. person, place)
  if redis.call('EXISTS', LINE .. person) == 0 then redis.call('SREM', WAITING, person) end
  return left == 1
end
local function occupy(id, person)
  redis.call('SADD', SLOTS, id)
  redis.call('HSET', SERVED, person, redis.call('INCR', 'darkroom:sequence'))
end
local function serve(slots)
  while slots == 0 or redis.call('SCARD', SLOTS) < slots do
    local person = next_person()
    if not person then return end
    local place = redis.call('ZRANGE', LINE .. person, 0, 0)[1]
    local queue, id = string.match(place, '^(%S+) (%S+)$')
    leave(person, place)
    occupy(id, person)
    schedule(queue, id, now, redis.call('HGET', 'darkroom:tracks', queue))
  end
end
local function take_slot(queue, id, person, slots, track)
  if redis.call('SISMEMBER', SLOTS, id) == 1 then return true end
  local free = slots == 0 or redis.call('SCARD', SLOTS) < slots
  if free and redis.call('EXISTS', WAITING) == 0 then
    occupy(id, person)
    return true
  end
  if redis.call('ZADD', LINE .. person, 'NX', redis.call('INCR', 'darkroom:sequence'), queue .. ' ' .. id) == 1 then
    redis.call('SADD', WAITING, person)
    redis.call('HSET', 'darkroom:tracks', queue, track)
    schedule(queue, id, now, track)
  end
  serve(slots)
  return redis.call('SISMEMBER', SLOTS, id) == 1
end
local function give_back(id, slots)
  if redis.call('SREM', SLOTS, id) == 1 then serve(slots) end
end
local function release_slot(queue, id, person, slots, status, goes_on)
  if HOLDS[status] then
    leave(person, queue .. ' ' .. id)
    redis.call('SADD', SLOTS, id)
  elseif not WAITS[status] then
    leave(person, queue .. ' ' .. id)
    give_back(id, slots)
  elseif not goes_on then
    give_back(id, slots)
  end
end
"""

# Counts the jobs that `serve` would pick before this one if no other job joined.
_AHEAD = f"""{ENQUEUE}{SCHEDULE}{TURNS}
local person, place = ARGV[1], ARGV[2]
local own = redis.call('ZRANK', LINE .. person, place)
if not own then return false end
local ahead = own
for _, other in ipairs(redis.call('SMEMBERS', WAITING)) do
  if other ~= person then
    local rounds = precedes(other, person) and own + 1 or own
    ahead = ahead + math.min(redis.call('ZCARD', LINE .. other), rounds)
  end
end
return ahead
"""

_RELEASE = f"""{LIMITS}{ENQUEUE}{SCHEDULE}{TURNS}
give_back(ARGV[1], limit('fal_slots', ARGV[2]))
"""

_RECONCILE = f"""{LIMITS}{ENQUEUE}{SCHEDULE}{TURNS}
local slots, mended = limit('fal_slots', ARGV[1]), 0
local function status(id) return redis.call('HGET', 'darkroom:job:' .. id, 'status') end
for _, id in ipairs(redis.call('SMEMBERS', SLOTS)) do
  local stands = status(id)
  if not HOLDS[stands] and not WAITS[stands] then mended = mended + redis.call('SREM', SLOTS, id) end
end
for _, person in ipairs(redis.call('SMEMBERS', WAITING)) do
  for _, place in ipairs(redis.call('ZRANGE', LINE .. person, 0, -1)) do
    local stands = status(string.match(place, '%S+$'))
    if not WAITS[stands] and leave(person, place) then mended = mended + 1 end
  end
end
serve(slots)
return mended
"""


class Slots:
    def __init__(self, redis: ArqRedis, limits: Limits) -> None:
        self._redis = redis
        self._limits = limits
        self._ahead = Script(redis, _AHEAD)
        self._release = Script(redis, _RELEASE)
        self._reconcile = Script(redis, _RECONCILE)

    async def ahead(self, job: Job) -> int | None:
        """Return how many jobs get a slot before this one; None if it does not wait for one."""
        place = f"{job.queue} {job.id}"
        answer: int | None = await self._ahead(job.request.user_id, place)
        return answer

    async def release(self, job: Job) -> None:
        """Release the slot of a cancelled job early, although fal may have it."""
        await self._release(job.id, self._limits.fal_slots)

    async def reconcile(self) -> int:
        """Remove orphaned slots and queue entries, then assign free slots; return how many were removed.

        A limit that was raised at run time takes effect here.
        """
        return int(await self._reconcile(self._limits.fal_slots))

    async def count(self) -> tuple[int, int]:
        """Return how many jobs hold a slot and how many wait for one."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.scard("darkroom:slots")
            pipe.smembers("darkroom:waiting")
            held, users = await pipe.execute()
            for user in users:
                pipe.zcard(f"darkroom:line:{user.decode()}")
            return held, sum(await pipe.execute())
