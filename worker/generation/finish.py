"""The end of a job: one guarded step, then a message to the user, however long Telegram takes."""

from collections.abc import Collection
from typing import Any

from loguru import logger

from infra.errors import FailureKind, ProviderError, StorageError
from infra.retry import ASKED_JITTER, add_jitter
from infra.telegram.outcomes import Unavailable
from worker.bot.admin_alerts import AdminAlerts
from worker.generation.comparing import Comparing
from worker.generation.progress import Progress
from worker.generation.send_attempts import LONGEST_WAIT, SHORTEST_WAIT
from worker.jobs.fal_webhooks import WebhookStore
from worker.jobs.job_set import JobSets
from worker.jobs.schedule import JobSchedule
from worker.jobs.store import JobStore
from worker.limits.billing import is_charged
from worker.model import Job, Status

# Seconds. The end is shown at once; if this process dies first, a poll shows it after this time.
TOLD_WITHIN = 10


class Finisher:
    def __init__(  # noqa: PLR0913, PLR0917 - what the end of a job can touch
        self,
        jobs: JobStore,
        schedule: JobSchedule,
        sets: JobSets,
        comparing: Comparing,
        webhooks: WebhookStore,
        progress: Progress,
        alerts: AdminAlerts,
    ) -> None:
        self._jobs = jobs
        self._schedule = schedule
        self._sets = sets
        self._comparing = comparing
        self._webhooks = webhooks
        self._progress = progress
        self._alerts = alerts

    async def end(
        self, job: Job, expected: Collection[Status], status: Status, **changes: Any
    ) -> bool:
        """Take the step to a terminal status and show it; False if the job had ended before."""
        if not is_charged(expected, status, changes.get("failure"), changes.get("cancellation")):
            changes.setdefault("cost", 0)
        now = self._jobs.clock()
        ended = await self._jobs.end(
            job, expected, status, due=TOLD_WITHIN, finished_at=now, **changes
        )
        if ended:
            await self.conclude(ended)
        return ended is not None

    async def fail(
        self, job: Job, expected: Collection[Status], error: Exception, **changes: Any
    ) -> bool:
        """Fail a job with the kind of failure, which selects the user's text, and a detail that is safe to show."""
        kind = FailureKind.UNKNOWN
        if isinstance(error, ProviderError):
            kind = error.kind
        elif isinstance(error, StorageError):
            kind = FailureKind.STORAGE
        logger.warning("job failed: {}: {}: {}", job.id, kind, error)
        await self._alerts.notify(kind)
        known = {"failure": kind, "detail": str(error), **changes}
        return await self.end(job, expected, Status.FAILED, **known)

    async def conclude(self, job: Job) -> float | None:
        """Show the end of a job and remove it from the schedule; return the seconds until the next try, if any."""
        await self._sets.close(job)
        job = await self._comparing.end(job)
        try:
            await self._progress.conclude(job)
        except Unavailable as away:
            now = self._jobs.clock()
            waited = (now - (job.finished_at or now)) / 4
            if away.retry_after is None:
                wait = add_jitter(min(LONGEST_WAIT, max(SHORTEST_WAIT, waited)))
            else:
                wait = add_jitter(away.retry_after, most=ASKED_JITTER)
            await self._schedule.schedule(job.id, wait)
            return wait
        await self._schedule.remove(job.id)
        if job.ended_in_doubt and await self._webhooks.get_many([job.id]):
            # A webhook came while the end was being shown, and its poll has just been removed.
            await self._schedule.schedule(job.id)
        return None
