"""Deliver a result. A stored result always arrives: a delivery waits until Telegram is available."""

from collections.abc import Sequence
from typing import Any

from loguru import logger

from infra.errors import FailureKind, NotStored, StorageError
from infra.observability.metrics import Meter
from infra.telegram.outcomes import Migrated, Refused, Unavailable, Unreachable
from worker.bot.views.job_card import SENDS_IN_DOUBT
from worker.generation.bills import Bills
from worker.generation.chat_migration import continue_in_supergroup
from worker.generation.comparing import Comparing
from worker.generation.finish import Finisher
from worker.generation.lease import LeasedSteps
from worker.generation.policies import SEND_RETRY
from worker.generation.progress import Progress
from worker.generation.result_sender import ResultSender
from worker.jobs.job_set import UNSENT_RESULT, JobSets
from worker.jobs.store import JobStore, NoLaterThan
from worker.model import Job, Status, Undelivered

# Seconds until the next try while the storage is unavailable.
STORAGE_SECONDS = 5
# Seconds between two looks at a set that waits for other jobs; the last one of them wakes it.
SET_SECONDS = 10


class Deliverer:
    def __init__(  # noqa: PLR0913, PLR0917 - what this step can touch
        self,
        jobs: JobStore,
        steps: LeasedSteps,
        sets: JobSets,
        comparing: Comparing,
        sender: ResultSender,
        bills: Bills,
        progress: Progress,
        finisher: Finisher,
        meter: Meter,
    ) -> None:
        self._jobs = jobs
        self._steps = steps
        self._sets = sets
        self._comparing = comparing
        self._sender = sender
        self._bills = bills
        self._progress = progress
        self._finisher = finisher
        self._meter = meter

    async def deliver(self, job: Job) -> None:
        """Send the files of a collected job; a second run finds the job in delivery and stops.

        A job of a set waits for the others; one of them sends all results.
        """
        if await self._sets.sent_with(job) is None:
            # The last job of the set may have woken this one meanwhile.
            waits = NoLaterThan(SET_SECONDS)
            if await self._jobs.move(job, {Status.COLLECTED}, due=waits):
                await self._progress.show(job)
            return
        async with self._steps.begin(job, {Status.COLLECTED}, Status.DELIVERING) as begun:
            if begun:
                await self._deliver(begun)

    async def _deliver(self, job: Job) -> None:
        status: Status = Status.DONE
        outcome: dict[str, Any] = {"delivered": None}
        jobs, job_set = await self._comparing.begin_vote(
            await self._sets.sent_with(job) or [job], await self._sets.members(job)
        )
        try:
            async with self._progress.shown_meanwhile(job):
                await self._sender.send(jobs, job_set)
        except Unavailable as away:
            await self._wait(job, away)
            return
        except Migrated as migrated:
            await continue_in_supergroup(self._jobs, job_set, migrated.chat_id)
            await self._put_off(job, 0)
            return
        except NotStored:
            if len(jobs) > 1:
                # One of the files is gone: each job finds out for itself.
                await self._sets.separate(job)
                await self._put_off(job, 0)
                return
            status, outcome = Status.FAILED, {"failure": FailureKind.RESULT_GONE}
        except StorageError as error:
            self._meter.count("darkroom_storage_errors_total")
            logger.warning("result cannot be read from the storage yet: job {}: {}", job.id, error)
            await self._put_off(job, STORAGE_SECONDS)
            return
        except Unreachable as unreachable:
            # The result stays in the user's history; the bot cannot send a message about it.
            outcome = {"undelivered": Undelivered.UNREACHABLE, "detail": str(unreachable)}
        except Refused as refusal:
            reason = f"Telegram refused the result: {refusal}"
            outcome = {"undelivered": Undelivered.REFUSED, "detail": reason}
        await self._end(jobs, status, outcome)

    async def _end(self, jobs: Sequence[Job], status: Status, outcome: dict[str, Any]) -> None:
        """End the jobs of a delivery; the one that sent the others comes last, so that none of them waits for it."""
        for job in reversed(jobs):
            changes = outcome
            if "undelivered" in outcome:
                current = await self._jobs.get(job.id) or job
                is_sent = current.delivered >= len(current.files)
                changes = {"delivered": None} if is_sent else outcome
            charged = await self._bills.fetch(job)
            await self._finisher.end(job, UNSENT_RESULT, status, **changes, **charged)

    async def _wait(self, job: Job, away: Unavailable) -> None:
        """Defer the delivery; problems at Telegram never fail the job."""
        seconds = SEND_RETRY.wait(job.attempts, asked=away.retry_after)
        attempts = job.attempts + (away.retry_after is None)
        logger.info("delivery deferred: job {}, {:.0f} s: {}", job.id, seconds, away)
        await self._put_off(job, seconds, attempts=attempts)
        waiting = await self._jobs.get(job.id)
        if waiting and len(waiting.send_attempts) >= SENDS_IN_DOUBT:
            await self._progress.show(waiting)

    async def _put_off(self, job: Job, seconds: float, **changes: Any) -> None:
        delivering = {Status.DELIVERING}
        await self._jobs.move(job, delivering, Status.COLLECTED, due=seconds, **changes)
