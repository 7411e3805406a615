"""Deliver a result. A stored result always arrives: a delivery waits until Telegram is available."""

from typing import Any

from loguru import logger

from infra.errors import FailureKind, NotStored, StorageError
from infra.observability.metrics import Meter
from infra.telegram.outcomes import Migrated, Postponed, Refused, Unavailable, Unreachable
from worker.bot.views.job_card import SENDS_IN_DOUBT
from worker.generation.bills import Bills
from worker.generation.chat_migration import continue_in_supergroup
from worker.generation.finish import Finisher
from worker.generation.lease import LeasedSteps
from worker.generation.policies import SEND_RETRY
from worker.generation.progress import Progress
from worker.generation.result_sender import ResultSender
from worker.jobs.store import JobStore
from worker.model import Job, Status, Undelivered

# Seconds until the next try while the storage is unavailable.
STORAGE_SECONDS = 5


class Deliverer:
    def __init__(  # noqa: PLR0913, PLR0917 - what this step can touch
        self,
        jobs: JobStore,
        steps: LeasedSteps,
        sender: ResultSender,
        bills: Bills,
        progress: Progress,
        finisher: Finisher,
        meter: Meter,
    ) -> None:
        self._jobs = jobs
        self._steps = steps
        self._sender = sender
        self._bills = bills
        self._progress = progress
        self._finisher = finisher
        self._meter = meter

    async def deliver(self, job: Job) -> None:
        """Send the files of a collected job; a second run finds the job in delivery and stops."""
        async with self._steps.begin(job, {Status.COLLECTED}, Status.DELIVERING) as begun:
            if begun:
                await self._deliver(begun)

    async def _deliver(self, job: Job) -> None:
        status: Status = Status.DONE
        outcome: dict[str, Any] = {"delivered": None}
        try:
            async with self._progress.shown_meanwhile(job):
                await self._sender.send(job)
        except Unavailable as away:
            await self._wait(job, away)
            return
        except Migrated as migrated:
            await continue_in_supergroup(self._jobs, job, migrated.chat_id)
            await self._put_off(job, 0)
            return
        except NotStored:
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
        outcome |= await self._bills.fetch(job)
        await self._finisher.end(job, {Status.DELIVERING}, status, **outcome)

    async def _wait(self, job: Job, away: Unavailable) -> None:
        """Defer the delivery; problems at Telegram never fail the job."""
        if isinstance(away, Postponed):
            await self._progress.give_way(job.chat_id, away.seconds)
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
