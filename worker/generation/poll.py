"""Poll fal for the status of a job and take the step that it allows."""

from collections.abc import Collection
from typing import Any

from loguru import logger

from infra.errors import FailureKind, ProviderError
from infra.fal.client import FalClient
from infra.fal.tasks import CancelOutcome, TaskId, TaskState, TaskStatus
from worker.generation.cancel import Canceller, is_fulfilled
from worker.generation.finish import Finisher
from worker.generation.policies import LONGEST_STEP_WAIT, STEP_RETRY, PollingPolicy
from worker.generation.poll_interval import PollIntervals
from worker.generation.progress import Progress
from worker.jobs.duration_stats import Durations
from worker.jobs.fal_webhooks import WebhookStore
from worker.jobs.store import JobStore
from worker.limits.billing import charge
from worker.model import AT_FAL, Cancellation, Job, Status
from worker.queues.names import Task

# Seconds after a step in which an edit of the card that was not possible is retried soon.
JUST_CHANGED = 5


class Poller:
    """Each poll returns the seconds until the next one, None if a step has scheduled it."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a poll can touch
        self,
        jobs: JobStore,
        webhooks: WebhookStore,
        durations: Durations,
        fal: FalClient,
        progress: Progress,
        finisher: Finisher,
        canceller: Canceller,
        polling: PollingPolicy,
        intervals: PollIntervals,
    ) -> None:
        self._jobs = jobs
        self._webhooks = webhooks
        self._durations = durations
        self._fal = fal
        self._progress = progress
        self._finisher = finisher
        self._canceller = canceller
        self._polling = polling
        self._intervals = intervals

    async def poll(self, job: Job) -> float | None:
        """Ask fal once."""
        now = self._jobs.clock()
        if job.is_overdue(now):
            return await self._expire(job)
        try:
            status = await self._fal.check_status(TaskId.loads(job.task or ""))
        except ProviderError as error:
            # fal may still finish the job: continue until the deadline.
            logger.info("status request failed: job {}: {}", job.id, error)
            await self._jobs.update_fields(job.id, attempts=job.attempts + 1)
            await self._progress.show(job)
            wait = min(STEP_RETRY.wait(job.attempts, asked=error.retry_after), LONGEST_STEP_WAIT)
            wait = max(self._polling.poll_interval, wait)
            return wait if job.deadline is None else min(wait, job.deadline - self._jobs.clock())
        if (
            job.webhook_token
            and status.state in {TaskState.COMPLETED, TaskState.FAILED}
            and await self._webhooks.miss(job.id)
        ):
            logger.info("webhook missed, polls stay frequent until the next one: job {}", job.id)
        return await self.take_step(job, status)

    async def take_step(self, job: Job, status: TaskStatus) -> float | None:
        now = self._jobs.clock()
        match status.state:
            case TaskState.COMPLETED:
                if await self.complete(job, AT_FAL, status) and job.submitted_at:
                    await self._durations.record(job.request.model, now - job.submitted_at)
                return None
            case TaskState.FAILED:
                error = status.error or ProviderError(FailureKind.UNKNOWN, "fal gave no reason")
                charged = charge(job.request.model, status.bill)
                if is_fulfilled(job, error):
                    await self._canceller.finish(job, Cancellation.STOPPED, **charged)
                else:
                    await self._finisher.fail(job, AT_FAL, error, **charged)
                return None
            case TaskState.NOT_FOUND:
                return await self._wait_to_be_known(job)
            case TaskState.IN_QUEUE | TaskState.IN_PROGRESS:
                return await self._show(job, status)

    async def complete(
        self, job: Job, expected: Collection[Status], status: TaskStatus, **known: Any
    ) -> bool:
        """Enqueue the download of a result; False if another step came first."""
        pairs = zip(status.results, status.blocked, strict=True)
        urls = list(dict.fromkeys(file.url for file, blocked in pairs if not blocked))
        ordered = int(job.request.options.get("count", 1))
        if len(urls) > ordered:
            logger.warning(
                "more results than ordered: job {}, {} for {}", job.id, len(urls), ordered
            )
        return await self._jobs.move(
            job,
            expected,
            Status.COMPLETED,
            due=self._polling.begin_limit,
            then=Task.COLLECT,
            deadline=self._jobs.clock() + self._polling.collect_timeout,
            attempts=0,
            tries=0,
            problem=None,
            result_urls=urls[:ordered],
            seed=None if status.seed is None else str(status.seed),
            failure=None,
            detail=None,
            finished_at=None,
            seconds=self._jobs.clock() - job.submitted_at if job.submitted_at else None,
            **charge(job.request.model, status.bill),
            **known,
        )

    async def _wait_to_be_known(self, job: Job) -> float | None:
        """Wait until fal knows the request; it may be unknown just after its submit, and briefly at any time."""
        now = self._jobs.clock()
        problem = job.waits_out(FailureKind.UNKNOWN, now)
        if now - problem.since <= self._polling.unknown_request_timeout:
            await self._jobs.update_fields(job.id, problem=problem)
            return self._polling.poll_interval
        if job.cancel_requested:
            await self._canceller.finish(job, Cancellation.UNKNOWN)
        else:
            gone = ProviderError(FailureKind.UNKNOWN, "fal does not know this request any more")
            await self._finisher.fail(job, AT_FAL, gone)
        return None

    async def _show(self, job: Job, status: TaskStatus) -> float:
        now = self._jobs.clock()
        if status.state is TaskState.IN_PROGRESS and job.status is Status.QUEUED:
            started: dict[str, Any] = {"running_since": now, "position": None}
            started |= {"attempts": 0, "problem": None}
            # A webhook that came meanwhile has scheduled the next poll.
            await self._jobs.move(job, {Status.QUEUED}, Status.RUNNING, due="unchanged", **started)
            job = job.model_copy(update={"status": Status.RUNNING, "updated_at": now, **started})
        elif status.queue_position != job.position or job.attempts or job.problem:
            waiting = {"position": status.queue_position, "attempts": 0, "problem": None}
            await self._jobs.update_fields(job.id, **waiting)
            job = job.model_copy(update=waiting)
        interval = await self._intervals.next(job, now)
        # A new status is shown soon, even in a busy chat; other updates can wait.
        if now - job.updated_at < JUST_CHANGED:
            return await self._progress.show_often(job, interval)
        await self._progress.show_time(job)
        return interval

    async def _expire(self, job: Job) -> float | None:
        """Cancel a job that took too long at fal; fetch the result if it has just finished."""
        outcome = await self._canceller.cancel_at_fal(job)
        if outcome is CancelOutcome.TOO_LATE:
            # Wait for the result of a job that fal reports as done without giving a result.
            now = self._jobs.clock()
            problem = job.waits_out(FailureKind.RESULT_UNREACHABLE, now)
            if problem == job.problem:
                detail = "fal is done and does not return the result"
                error = ProviderError(FailureKind.RESULT_UNREACHABLE, detail)
                await self._finisher.fail(job, AT_FAL, error)
                return None
            deadline = now + self._polling.collect_timeout
            await self._jobs.update_fields(job.id, deadline=deadline, problem=problem, attempts=0)
            return 0
        removed = outcome is CancelOutcome.REMOVED
        known = Cancellation.REMOVED if removed else Cancellation.UNKNOWN
        if job.cancel_requested:
            await self._canceller.finish(job, known)
        else:
            too_slow: dict[str, Any] = {"failure": FailureKind.TOO_SLOW, "cancellation": known}
            await self._finisher.end(job, AT_FAL, Status.EXPIRED, **too_slow)
        return None
