"""Collect a result: download its files, wait out problems of fal's CDN and of our storage, enqueue the delivery."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from loguru import logger

from infra.errors import BrokenResult, FailureKind, ProviderError, StorageError
from worker.generation.bills import Bills
from worker.generation.downloads import Downloads
from worker.generation.finish import Finisher
from worker.generation.lease import LeasedSteps
from worker.generation.policies import PollingPolicy
from worker.generation.progress import Progress
from worker.generation.retry import Retries
from worker.jobs.store import JobStore
from worker.model import File, Job, Status
from worker.queues.names import Task

# Seconds that the bill may take after the files are stored; it is asked for again after the delivery.
_BILL_SECONDS = 1

type Failed = ProviderError | StorageError


class Collector:
    def __init__(  # noqa: PLR0913, PLR0917 - what this step can touch
        self,
        jobs: JobStore,
        steps: LeasedSteps,
        downloads: Downloads,
        bills: Bills,
        progress: Progress,
        retries: Retries,
        finisher: Finisher,
        polling: PollingPolicy,
    ) -> None:
        self._jobs = jobs
        self._steps = steps
        self._downloads = downloads
        self._bills = bills
        self._progress = progress
        self._retries = retries
        self._finisher = finisher
        self._polling = polling

    async def collect(self, job: Job) -> None:
        """Fetch every file of a completed job, then enqueue its delivery."""
        async with self._steps.begin(job, {Status.COMPLETED}, Status.COLLECTING) as begun:
            if begun is None:
                return
            async with self._progress.shown_meanwhile(begun):
                bill = asyncio.create_task(self._bills.fetch(begun))
                fetched = await asyncio.gather(
                    *(
                        self._try_to_fetch(begun, index, url)
                        for index, url in enumerate(begun.result_urls, start=1)
                    )
                )
            # A result does not wait for its bill.
            charged: Mapping[str, float] = {}
            with suppress(TimeoutError):
                charged = await asyncio.wait_for(bill, _BILL_SECONDS)
            files = [each for each in fetched if isinstance(each, File)]
            errors = [each for each in fetched if not isinstance(each, File)]
            if errors:
                # One that may be temporary, else any of them.
                error = min(errors, key=lambda each: isinstance(each, BrokenResult))
                await self._wait_or_end(begun, files, error, charged)
            else:
                await self._enqueue_delivery(begun, files, charged)

    async def _try_to_fetch(self, job: Job, index: int, url: str) -> File | Failed:
        try:
            return await self._downloads.fetch(job, index, url)
        except (ProviderError, StorageError) as error:
            return error

    async def _enqueue_delivery(
        self, job: Job, files: list[File], charged: Mapping[str, float]
    ) -> None:
        due = self._polling.begin_limit
        done: dict[str, Any] = {"files": files, "stored_at": self._jobs.clock()}
        done |= {"tries": 0, "problem": None, **charged}
        await self._jobs.move(
            job, {Status.COLLECTING}, Status.COLLECTED, due=due, then=Task.DELIVER, **done
        )

    async def _wait_or_end(
        self, job: Job, files: list[File], error: Failed, charged: Mapping[str, float]
    ) -> None:
        """Retry until fal's CDN and our storage are available; at the deadline deliver the files that are stored.

        A broken file is fetched again, too, because a CDN may return a part of a file for a while. If the file stays
        the same, fal has made it so.
        """
        now, is_final = self._jobs.clock(), False
        match error:
            case StorageError():
                problem = job.waits_out(FailureKind.RESULT_UNSTORED, now)
            case BrokenResult():
                problem = job.waits_out(FailureKind.BROKEN_RESULT, now, error.digest)
                lasts = now - problem.since
                is_final = error.digest is None or lasts >= self._polling.broken_file_timeout
            case _:
                problem = job.waits_out(FailureKind.RESULT_UNREACHABLE, now)
        if not is_final and not job.is_overdue(now):
            asked = getattr(error, "retry_after", None)
            await self._retries.try_later(
                job, error, problem, back_to=Status.COMPLETED, asked=asked, **charged
            )
        elif files:
            logger.warning("result is incomplete: job {}, {} files: {}", job.id, len(files), error)
            await self._enqueue_delivery(job, files, charged)
        else:
            ended = ProviderError(FailureKind(problem.kind), str(error))
            await self._finisher.fail(job, {Status.COLLECTING}, ended, **charged)
