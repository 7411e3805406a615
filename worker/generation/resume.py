"""Resume a job between two steps: what waits, what is due, and what a worker that died has begun."""

from worker.generation.cancel import Canceller
from worker.generation.finish import Finisher
from worker.generation.kept_orders import KeptOrders
from worker.generation.policies import PollingPolicy
from worker.generation.progress import Progress
from worker.generation.retry import Retries
from worker.generation.send_attempts import SECOND_AFTER
from worker.jobs.store import JobStore
from worker.limits.slots import Slots
from worker.model import WAITING, Cancellation, Job, Status
from worker.queues.names import Task

# Seconds between two polls of a job that waits for a slot.
FASTEST_LINE, SLOWEST_LINE = 1, 30

_BEGINNINGS = {
    Status.PREPARING: (Status.CREATED, Task.PREPARE),
    Status.COMPLETED: (Status.COMPLETED, Task.COLLECT),
    Status.COLLECTING: (Status.COMPLETED, Task.COLLECT),
    Status.COLLECTED: (Status.COLLECTED, Task.DELIVER),
    Status.DELIVERING: (Status.COLLECTED, Task.DELIVER),
}


class Resumer:
    def __init__(  # noqa: PLR0913, PLR0917 - what this can touch
        self,
        jobs: JobStore,
        slots: Slots,
        progress: Progress,
        retries: Retries,
        finisher: Finisher,
        canceller: Canceller,
        polling: PollingPolicy,
        kept_orders: KeptOrders,
    ) -> None:
        self._kept_orders = kept_orders
        self._jobs = jobs
        self._slots = slots
        self._progress = progress
        self._retries = retries
        self._finisher = finisher
        self._canceller = canceller
        self._polling = polling

    async def resume(self, job: Job) -> float | None:
        """Start or wait; return the seconds until the next poll, None if a step has scheduled it."""
        match job.status:
            case Status.CREATED | Status.PREPARED:
                return await self._start(job)
            case Status.UNCONFIRMED:
                return await self._wait_for_webhook(job)
            case Status.SUBMITTING:
                # Its worker has died and may have posted it: it is not posted again.
                await self._jobs.move(job, {Status.SUBMITTING}, Status.UNCONFIRMED, due=0)
                return None
            case Status.DELIVERING if job.send_attempts:
                # Its worker may have got an answer while Redis was unavailable, and be about to record it.
                await self._jobs.move(job, None, Status.COLLECTED, due=SECOND_AFTER)
                return None
            case Status.COMPLETED:
                wait = await self._retries.wait_on(job)
                if wait is not None:
                    return wait
        # A step whose arq job was lost, or whose worker has died. It costs nothing, so it starts again.
        beginning, task = _BEGINNINGS[job.status]
        # No effect if the step has started since this poll read the job.
        await self._jobs.move(job, None, beginning, due=self._polling.begin_limit, then=task)
        return None

    async def _start(self, job: Job) -> float | None:
        """Wait for a slot or for the next try, or enqueue the first step again, whose arq job was lost."""
        if job.kept:
            return await self._kept_orders.poll(job, job.kept)
        ahead = await self._slots.ahead(job)
        if ahead is not None:
            if ahead != job.position:
                await self._jobs.update_fields(job.id, position=ahead)
            await self._progress.show(job.model_copy(update={"position": ahead}))
            # A free slot wakes the job, so polls are rarer farther back.
            return min(SLOWEST_LINE, max(FASTEST_LINE, ahead / 4))
        wait = await self._retries.wait_on(job)
        if wait is None:
            due = self._polling.begin_limit
            await self._jobs.move(job, WAITING, due=due, then=job.next_task)
        return wait

    async def _wait_for_webhook(self, job: Job) -> float | None:
        """Wait for fal's webhook; at the deadline tell the user that the job may have been charged."""
        if job.cancel_requested:
            # Its user has cancelled, so the slot goes to another job.
            await self._slots.release(job)
        left = (job.deadline or 0) - self._jobs.clock()
        if left > 0:
            return min(left, await self._progress.show_often(job, self._polling.doubt_interval))
        if job.cancel_requested:
            await self._canceller.finish(job, Cancellation.UNKNOWN)
        else:
            await self._finisher.end(
                job, {Status.UNCONFIRMED}, Status.FAILED, failure="unconfirmed"
            )
        return None
