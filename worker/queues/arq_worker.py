"""arq worker that blocks on a wake-up list instead of polling and claims all due jobs in one round trip.

arq's own worker polls its queue and needs five round trips for each job, which limits throughput over a network. Here
a claim returns definitions, and records the ends of earlier jobs. Jobs are stored as in arq, whose own worker may serve
the same queue.
https://github.com/python-arq/arq/blob/v0.28.0/arq/worker.py
"""

import asyncio
import time
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix, job_key_prefix, keep_cronjob_progress
from arq.cron import CronJob
from arq.jobs import deserialize_job_raw
from arq.worker import Worker
from loguru import logger

from infra.redis.client import UNAVAILABLE
from infra.redis.script import Key, Value, Values, lua_script
from worker.queues.names import definition
from worker.queues.scripts import LONGEST_WAIT_MS, wake_list_key

# Seconds. Crons and the health check are handled in this interval, too.
LONGEST_WAIT = LONGEST_WAIT_MS / 1000
# Seconds, shorter than the connection's timeout: a quiet queue must not look like an unavailable Redis.
_LISTENING = 1

# Crons are enqueued this long before their time.
_CRON_WINDOW = timedelta(seconds=1)


@lua_script
async def claim_tasks(
    redis: ArqRedis, *, queue: Key, lease_ms: int, room: int, ended: Values
) -> Any:
    """Claim due tasks: ids and definitions in turn, the next due time ('' for none), Redis' time."""


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
    """arq's worker with another main loop; it needs a `redis_pool`.

    It supports neither burst mode nor aborts, results, retries and hooks of a job. A task whose worker has died runs
    again after its lease.

    Due times and crons follow Redis' clock as of its last reply, not this machine's.

    It waits while Redis is unavailable or refuses commands: an exit would lose what its tasks hold in memory.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "poll_delay": 0})
        # Seconds that Redis' clock is ahead of the loop's.
        self._redis_ahead = 0.0
        self._listening: asyncio.Task[Any] | None = None
        self._next_due = 0.0
        # Tasks that have ended, each with the milliseconds for which its claim stays.
        self._ended: list[Value] = []
        # The last moment before arq closes the pool.
        self._shut_down, self.on_shutdown = self.on_shutdown, self._record_last_ends

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
                self.tasks.pop(job_id).result()
            if self.allow_pick_jobs:
                await self._start_due(self.max_jobs - len(self.tasks))
                await self._plan_crons()
            # A wall clock that was set back would delay the next health check.
            self._last_health_check = min(self._last_health_check, time.time())
            await self.record_health()
            await self._wait()
        except UNAVAILABLE as error:
            # Each command has waited for half a minute already.
            logger.warning("Redis is unavailable: queue {} waits: {}", self.queue_name, error)

    async def _start_due(self, room: int) -> None:
        ended = [*self._ended]
        lease = int(self.in_progress_timeout_s * 1000)
        claimed, next_due, now = await claim_tasks(
            self.pool, queue=self.queue_name, lease_ms=lease, room=room, ended=ended
        )
        # Others may have ended meanwhile.
        del self._ended[: len(ended)]
        self._redis_ahead = now / 1000 - self.loop.time()
        for task_id, stored in batched(claimed, 2):
            running = self._run(task_id.decode(), stored)
            self.tasks[task_id.decode()] = self.loop.create_task(running)
        # One more millisecond: a timer may fire a fraction of one early.
        wait = (float(next_due) + 1 - now) / 1000 if next_due else float("inf")
        self._next_due = self.loop.time() + wait

    async def _run(self, task_id: str, stored: bytes) -> None:
        kept_ms = 0
        try:
            name, arguments, options, *_ = deserialize_job_raw(
                stored, deserializer=self.job_deserializer
            )
            function = self.functions[name]
            if isinstance(function, CronJob):
                # Another worker may be about to enqueue the same run.
                kept_ms = keep_cronjob_progress * 1000
            async with asyncio.timeout(function.timeout_s or self.job_timeout_s):
                await function.coroutine(self.ctx, *arguments, **options)
        except asyncio.CancelledError:
            # The worker stops. The schedule or the inbox continues the work; the task runs again after its lease.
            self.jobs_retried += 1
            return
        except Exception:  # noqa: BLE001 - an error of one task must not end the worker
            logger.exception("task failed: {}", task_id)
            self.jobs_failed += 1
        else:
            self.jobs_complete += 1
        self._ended += (task_id, kept_ms)

    async def _record_last_ends(self, ctx: dict[Any, Any]) -> None:
        try:
            await self._start_due(room=0)
        finally:
            if self._shut_down:
                await self._shut_down(ctx)

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
