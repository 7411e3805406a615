"""Retries of a step: record the problem in the job, show it on the card, try again until the deadline."""

from typing import Any

from loguru import logger

from infra.errors import FailureKind, StorageError
from infra.observability.metrics import Meter
from worker.bot.admin_alerts import AdminAlerts
from worker.generation.policies import LONGEST_STEP_WAIT, STEP_RETRY
from worker.generation.progress import UNSHOWN_SECONDS, Progress
from worker.jobs.store import JobStore
from worker.model import Job, Problem, Status

#: Seconds. A shorter outage of the storage raises no alert.
ALERT_AFTER = 60
_UNDONE = {
    Status.PREPARING: "not prepared yet",
    Status.SUBMITTING: "not submitted yet",
    Status.COLLECTING: "result cannot be fetched yet",
}
# Seconds between updates of a card's timer.
_SHOWN_SECONDS = 15.0


class Retries:
    def __init__(
        self, jobs: JobStore, progress: Progress, alerts: AdminAlerts, meter: Meter
    ) -> None:
        self._jobs = jobs
        self._progress = progress
        self._alerts = alerts
        self._meter = meter

    async def try_later(
        self,
        job: Job,
        error: Exception,
        problem: Problem,
        *,
        back_to: Status,
        asked: float | None = None,
        **known: float,
    ) -> None:
        """Move the job back to `back_to`, schedule the next try, and show the reason and the time on the card."""
        now = self._jobs.clock()
        wait = min(STEP_RETRY.wait(job.attempts, asked=asked), LONGEST_STEP_WAIT)
        if job.deadline is not None:
            wait = max(0.0, min(wait, job.deadline - now))
        problem = problem.model_copy(update={"again_at": now + wait})
        if isinstance(error, StorageError):
            self._meter.count("darkroom_storage_errors_total")
            if now - problem.since > ALERT_AFTER:
                await self._alerts.notify(FailureKind.STORAGE)
        logger.info(
            "{}: job {}, next try in {:.1f} s: {}", _UNDONE[job.status], job.id, wait, error
        )
        changes: dict[str, Any] = {"attempts": job.attempts + 1, "problem": problem, **known}
        due = min(wait, UNSHOWN_SECONDS)
        if await self._jobs.move(job, {job.status}, back_to, due=due, **changes):
            changes |= {"status": back_to, "updated_at": now}
            await self._progress.show(job.model_copy(update=changes))

    async def wait_on(self, job: Job) -> float | None:
        """Show a job's problem while its next try is not due.

        Return the seconds until the next poll, None if the try is due.
        """
        again_at = job.problem and job.problem.again_at
        left = (again_at or 0) - self._jobs.clock()
        if left <= 0:
            return None
        return min(left, await self._progress.show_often(job, _SHOWN_SECONDS))
