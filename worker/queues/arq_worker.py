"""arq worker that blocks on a wake-up list instead of polling and claims all due jobs in one round trip.

arq's own worker polls its queue and claims each job in three round trips, which limits throughput over a network. Jobs
are stored, run and ended as in arq, so arq's own worker may serve the same queue.
https://github.com/python-arq/arq/blob/v0.28.0/arq/worker.py
"""

import asyncio
import time
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from arq.constants import in_progress_key_prefix, job_key_prefix
from arq.worker import Worker
from loguru import logger

from infra.redis.client import UNAVAILABLE, Script
from worker.queues.names import definition
from worker.queues.scripts import DEFINITION_MS, WAKE, wake_list_key

# Seconds. A lost wake-up costs at most this time; crons and the health check are handled in this interval, too.
LONGEST_WAIT = 0.5
# Seconds, shorter than the connection's timeout: a quiet queue must not look like an unavailable Redis.
_LISTENING = 1

# A claimed job is due again when its lease ends, so a claim finds free jobs and those whose worker has died.
# A job that arq's own worker has claimed is due when that claim expires.
_CLAIM = f"""{WAKE}
local queue, lease, room = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local due, claimed = redis.call('ZRANGEBYSCORE', queue, '-inf', now, 'WITHSCORES', 'LIMIT', 0, room + 1), {{}}
for i = 1, math.min(#due, 2 * room), 2 do
  local key, free_at = '{in_progress_key_prefix}' .. due[i], now + lease
  if redis.call('SET', key, 1, 'NX', 'PX', lease) then
    claimed[#claimed + 1] = due[i]
    claimed[#claimed + 1] = due[i + 1]
  else
    free_at = now + math.max(redis.call('PTTL', key), 1)
  end
  redis.call('ZADD', queue, free_at, due[i])
end
if #due > 2 * room then ring(queue) end
return {{claimed, redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')[2] or '', now}}
"""

# All workers of a queue enqueue a cron's run under one id. The claim of a run that has ended lasts for a minute.
_PLAN_CRON = f"""{WAKE}
local queue, id, definition, due = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
if redis.call('EXISTS', '{in_progress_key_prefix}' .. id) == 1 then return end
if not redis.call('SET', '{job_key_prefix}' .. id, definition, 'NX', 'PX', {DEFINITION_MS}) then return end
redis.call('ZADD', queue, math.max(now, due), id)
ring(queue)
"""
# Crons are enqueued this long before their time.
_CRON_WINDOW = timedelta(seconds=1)


class ClaimingWorker(Worker):
    """arq's worker with another main loop; it needs a `redis_pool` and supports neither burst mode nor aborts.

    Due times and crons follow Redis' clock as of its last reply, not this machine's.

    It waits while Redis is unavailable or refuses commands: an exit would lose what its tasks hold in memory.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "poll_delay": 0})
        self._claim = Script(self.pool, _CLAIM)
        self._plan_cron = Script(self.pool, _PLAN_CRON)
        # Seconds that Redis' clock is ahead of the loop's.
        self._redis_ahead = 0.0
        self._listening: asyncio.Task[Any] | None = None
        self._next_due = 0.0

    async def main(self) -> None:
        while not await self._has_data():
            pass
        await super().main()

    async def close(self) -> None:
        if self._listening:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await super().close()

    async def _has_data(self) -> bool:
        """Return whether Redis has loaded its data, which arq needs to start; the command itself waits."""
        try:
            await self.pool.dbsize()
        except UNAVAILABLE as error:
            logger.warning("Redis is unavailable: queue {} waits: {}", self.queue_name, error)
            return False
        return True

    async def _poll_iteration(self) -> None:
        try:
            self._forget_ended()
            if self.allow_pick_jobs:
                await self._start_due()
                await self._plan_crons()
            # A wall clock that was set back would delay the next health check.
            self._last_health_check = min(self._last_health_check, time.time())
            await self.record_health()
            await self._wait()
        except UNAVAILABLE as error:
            # Each command has waited for half a minute already.
            logger.warning("Redis is unavailable: queue {} waits: {}", self.queue_name, error)

    def _forget_ended(self) -> None:
        for job_id, task in list(self.tasks.items()):
            if task.done():
                del self.tasks[job_id]
                # A task whose end was not recorded is claimed again after its lease; any other error is a bug.
                task.result()

    async def _start_due(self) -> None:
        room = self.max_jobs - len(self.tasks)
        lease = int(self.in_progress_timeout_s * 1000)
        claimed, next_due, now = await self._claim(self.queue_name, lease, room)
        self._redis_ahead = now / 1000 - self.loop.time()
        for job_id, score in batched(map(bytes.decode, claimed), 2):
            self.tasks[job_id] = self.loop.create_task(self.run_job(job_id, int(float(score))))
        # One more millisecond: a timer may fire a fraction of one early.
        wait = (float(next_due) + 1 - now) / 1000 if next_due else float("inf")
        self._next_due = self.loop.time() + wait

    async def _plan_crons(self) -> None:
        now = datetime.fromtimestamp(self.loop.time() + self._redis_ahead, self.timezone)
        for cron in self.cron_jobs:
            if cron.next_run is None and not cron.run_at_startup:
                cron.calculate_next(now)
                continue
            run = cron.next_run or now
            if run < now + _CRON_WINDOW:
                run_ms = int(run.timestamp() * 1000)
                work = definition(cron.name)
                await self._plan_cron(self.queue_name, f"{cron.name}:{run_ms}", work, run_ms)
                cron.calculate_next(max(run, now))

    async def _wait(self) -> None:
        """Wait for a wake-up, a due job or LONGEST_WAIT; a full worker waits for a task to end instead of a wake-up."""
        seconds = max(0.0, min(LONGEST_WAIT, self._next_due - self.loop.time()))
        if awaited := self._awaited():
            await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(seconds)
        if self._listening and self._listening.done():
            listened, self._listening = self._listening, None
            listened.result()

    def _awaited(self) -> set[asyncio.Task[Any]]:
        has_room = len(self.tasks) < self.max_jobs
        # A full worker does not listen, so that the wake-up reaches another one.
        if has_room and self.allow_pick_jobs and not self._listening:
            self._listening = asyncio.create_task(self._listen())
        places = set() if has_room and self.allow_pick_jobs else set(self.tasks.values())
        return places | ({self._listening} if self._listening else set())

    async def _listen(self) -> None:
        await self.pool.execute_command("BLPOP", wake_list_key(self.queue_name), _LISTENING)  # type: ignore[no-untyped-call]  # of redis-py
