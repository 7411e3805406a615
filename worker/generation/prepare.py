"""Prepare a job: fetch and check its input images, store them, and make them available to fal.

Nothing is paid here: problems are retried until the deadline, and a crashed step starts again.
"""

from typing import Any

from infra.errors import BadPicture, FailureKind, ProviderError, StorageError
from infra.fal.stored_data import StoredData
from infra.telegram.errors import TelegramError, TelegramUnreachable
from worker.bot.views.money_format import repeated
from worker.generation.finish import Finisher
from worker.generation.inputs import InputImages, Prepared
from worker.generation.lease import LeasedSteps
from worker.generation.policies import UNNOTICED, PollingPolicy
from worker.generation.progress import Progress
from worker.generation.retry import Retries
from worker.jobs.store import JobStore
from worker.limits.limits import OrderRefused
from worker.model import Job, Overrun, Picture, Status
from worker.queues.names import Task

type Failed = ProviderError | StorageError | TelegramError | TelegramUnreachable

# Tries for a file that may be unavailable for a moment only.
_MAX_DOWNLOADS = 3


class Preparer:
    def __init__(  # noqa: PLR0913, PLR0917 - what this step can touch
        self,
        jobs: JobStore,
        steps: LeasedSteps,
        inputs: InputImages,
        progress: Progress,
        retries: Retries,
        finisher: Finisher,
        polling: PollingPolicy,
        fal_keeps: StoredData,
        confirm_above: float,
        unknown_price: float,
    ) -> None:
        self._unknown_price = unknown_price
        self._confirm_above = confirm_above
        self._fal_keeps = fal_keeps
        self._jobs = jobs
        self._steps = steps
        self._inputs = inputs
        self._progress = progress
        self._retries = retries
        self._finisher = finisher
        self._polling = polling

    async def prepare(self, job: Job) -> None:
        """Prepare a created job, then enqueue its submit; a second run finds it in preparation and stops."""
        # Nothing is paid yet, and a full disk or an outage of Telegram may last this long.
        deadline = job.deadline or self._jobs.clock() + self._polling.collect_timeout
        async with self._steps.begin(
            job, {Status.CREATED}, Status.PREPARING, deadline=deadline
        ) as begun:
            if begun:
                await self._prepare(begun)

    async def _prepare(self, job: Job) -> None:
        try:
            async with self._progress.shown_meanwhile(job):
                prepared = await self._inputs.prepare(job)
        except (ProviderError, StorageError, TelegramError, TelegramUnreachable) as error:
            await self._wait_or_end(job, error)
        except ValueError as error:
            refused = ProviderError(FailureKind.BAD_INPUT, str(error))
            await self._finisher.fail(job, {Status.PREPARING}, refused)
        else:
            await self._continue(job, prepared)

    async def _continue(self, job: Job, prepared: Prepared) -> None:
        """Enqueue the submit, unless the job costs more than its user or a budget allows."""
        refused = await self._reprice(job, prepared.pictures)
        urls = prepared.urls
        with_mask = bool(urls) and job.request.mask is not None
        known: dict[str, Any] = {
            "inputs": prepared.keys,
            "picture_urls": urls[:-1] if with_mask else urls,
            "mask_url": urls[-1] if with_mask else None,
            "fal_keeps": self._fal_keeps,
        }
        if refused:
            # The press that orders it again needs no download, and a deletion says what fal has.
            await self._finisher.fail(job, {Status.PREPARING}, refused, **known)
            return
        await self._jobs.move(
            job,
            {Status.PREPARING},
            Status.PREPARED,
            due=self._polling.begin_limit,
            then=Task.SUBMIT,
            # This wait does not count against fal's time.
            deadline=None,
            attempts=0,
            tries=0,
            problem=None,
            **known,
        )

    async def _reprice(self, job: Job, pictures: tuple[Picture, ...]) -> ProviderError | None:
        """Expect what the images as fal gets them cost; return why the job may not go on at this price."""
        request = job.request.model_copy(update={"pictures": pictures})
        shown, cost = job.cost or 0, repeated(request, self._unknown_price)
        if cost is None:
            cost = shown
        # A press has ordered all jobs of a set. A job of an earlier version has no price that was shown.
        allowed = self._confirm_above / (request.job_set.size if request.job_set else 1)
        if cost > allowed and cost > (shown or cost) * UNNOTICED:
            await self._jobs.update_fields(job.id, request=request)
            detail = f"The measured order costs ${cost:.3f}; ${shown:.3f} was shown."
            return ProviderError(FailureKind.PRICE_ROSE, detail)
        try:
            await self._jobs.reprice(job, cost, request=request)
        except OrderRefused as refusal:
            # What is booked for this job was not spent.
            spent = max(0, refusal.used - (job.cost or 0))
            overrun = Overrun(budget=refusal.reason, spent=spent, allowed=refusal.allowed)
            await self._jobs.update_fields(job.id, overrun=overrun)
            detail = f"The measured order costs ${cost:.3f}: more than {refusal.reason} has left."
            return ProviderError(FailureKind.OVER_BUDGET, detail)
        return None

    async def _wait_or_end(self, job: Job, error: Failed) -> None:
        """Retry after problems at Telegram, the storage or fal; fail for an invalid image."""
        now, may_pass, ends_with = self._jobs.clock(), True, error
        match error:
            case ProviderError():
                kind, asked = error.kind, error.retry_after
                is_last = isinstance(error, BadPicture) and job.attempts + 1 >= _MAX_DOWNLOADS
                may_pass = error.retryable and not is_last
            case StorageError():
                kind, asked = FailureKind.STORAGE, None
            case _:
                kind, asked = FailureKind.PICTURE_GONE, getattr(error, "retry_after", None)
                ends_with = BadPicture(kind, str(error))
        if may_pass and not job.is_overdue(now):
            problem = job.waits_out(kind, now)
            await self._retries.try_later(job, error, problem, back_to=Status.CREATED, asked=asked)
        else:
            await self._finisher.fail(job, {Status.PREPARING}, ends_with)
