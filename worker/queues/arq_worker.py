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

from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix, job_key_prefix
from arq.worker import Worker
from loguru import logger

from infra.redis.client import UNAVAILABLE
from infra.redis.script import Key, lua_script
from worker.queues.names import definition
from worker.queues.scripts import LONGEST_WAIT_MS, wake_list_key

# Seconds. Crons and the health check are handled in this interval, too.
LONGEST_WAIT = LONGEST_WAIT_MS / 1000
# Seconds, shorter than the connection's timeout: a quiet queue must not look like an unavailable Redis.
_LISTENING = 1

# Crons are enqueued this long before their time.
_CRON_WINDOW = timedelta(seconds=1)


@lua_script
async def claim_tasks(redis: ArqRedis, *, queue: Key, lease_ms: int, room: int) -> Any:
    """Claim due tasks: ids and due times in turn, the next due time ('' for none), Redis' time."""


@lua_script
async def plan_cron(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis,
    *,
    queue: Key,
    task: Key,
    claim: Key,
    task_id: str,
    definition: bytes,
    due_ms: int,
) -> Any:
    """Enqueue a cron's run."""


class ClaimingWorker(Worker):
    """arq's worker with another main loop; it needs a `redis_pool` and supports neither burst mode nor aborts.

    Due times and crons follow Redis' clock as of its last reply, not this machine's.

    It waits while Redis is unavailable or refuses commands: an exit would lose what its tasks hold in memory.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "poll_delay": 0})
        # Seconds that Redis' clock is ahead of the loop's.
        self._redis_ahead = 0.0
        self._listening: asyncio.Task[Any] | None = None
        self._next_due = 0.0

    async def main(self) -> None:
        # arq needs the data that Redis loads when it starts; the command itself waits.
        has_data = False
        while not has_data:
            try:
                await self.pool.dbsize()
                has_data = True
            except UNAVAILABLE as error:
                logger.warning("Redis is unavailable: queue {} waits: {}", self.queue_name, error)
        await super().main()

    async def close(self) -> None:
        if self._listening:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await super().close()

    async def _poll_iteration(self) -> None:
        try:
            for job_id in [job_id for job_id, task in self.tasks.items() if task.done()]:
                # A task whose end was not recorded is claimed again after its lease; any other error is a bug.
                self.tasks.pop(job_id).result()
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

    async def _start_due(self) -> None:
        room = self.max_jobs - len(self.tasks)
        lease = int(self.in_progress_timeout_s * 1000)
        claimed, next_due, now = await claim_tasks(
            self.pool, queue=self.queue_name, lease_ms=lease, room=room
        )
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
                run_id = f"{cron.name}:{run_ms}"
                await plan_cron(
                    self.pool,
                    queue=self.queue_name,
                    task=f"{job_key_prefix}{run_id}",
                    claim=f"{in_progress_key_prefix}{run_id}",
                    task_id=run_id,
                    definition=definition(cron.name),
                    due_ms=run_ms,
                )
                cron.calculate_next(max(run, now))

    async def _wait(self) -> None:
        """Wait for a wake-up, a due job or LONGEST_WAIT; a full worker waits for a task to end instead of a wake-up."""
        has_room = self.allow_pick_jobs and len(self.tasks) < self.max_jobs
        # A full worker does not listen, so that the wake-up reaches another one.
        if has_room and not self._listening:
            command = ("BLPOP", wake_list_key(self.queue_name), _LISTENING)
            listen = self.pool.execute_command(*command)  # type: ignore[no-untyped-call]  # of redis-py
            self._listening = asyncio.create_task(listen)
        awaited = set() if has_room else set(self.tasks.values())
        if self._listening:
            awaited.add(self._listening)
        seconds = max(0.0, min(LONGEST_WAIT, self._next_due - self.loop.time()))
        if awaited:
            await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(seconds)
        if self._listening and self._listening.done():
            listened, self._listening = self._listening, None
            listened.result()
