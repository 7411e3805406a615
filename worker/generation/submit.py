"""Submit a job to fal: the one POST that costs money. The intent is stored before it, the outcome after it."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from loguru import logger

from infra.errors import Ambiguous, FailureKind, NotSent, ProviderError
from infra.fal.stored_data import StoredData
from infra.fal.tasks import TaskId
from infra.redis.client import UNAVAILABLE, write_until_taken
from worker.generation.cancel import Canceller, can_cancel_now
from worker.generation.finish import Finisher
from worker.generation.lease import LeasedSteps
from worker.generation.paid_request import PaidRequest
from worker.generation.policies import PollingPolicy
from worker.generation.poll_interval import PollIntervals
from worker.generation.progress import Progress
from worker.generation.retry import Retries
from worker.jobs.duration_stats import Durations
from worker.jobs.inquiries import Inquiries
from worker.jobs.store import JobStore, NoLaterThan
from worker.model import WAITING, Job, Status
from worker.prompt_helper.translation import Translator
from worker.queues.names import Task


class Submitter:
    def __init__(  # noqa: PLR0913, PLR0917 - what this step can touch
        self,
        jobs: JobStore,
        steps: LeasedSteps,
        request: PaidRequest,
        durations: Durations,
        inquiries: Inquiries,
        progress: Progress,
        retries: Retries,
        finisher: Finisher,
        canceller: Canceller,
        polling: PollingPolicy,
        fal_keeps: StoredData,
        intervals: PollIntervals,
        translator: Translator | None = None,
    ) -> None:
        self._translator = translator
        self._intervals = intervals
        self._fal_keeps = fal_keeps
        self._jobs = jobs
        self._steps = steps
        self._request = request
        self._durations = durations
        self._inquiries = inquiries
        self._progress = progress
        self._retries = retries
        self._finisher = finisher
        self._canceller = canceller
        self._polling = polling

    async def submit(self, job: Job) -> None:
        """Submit a job whose inputs are prepared; a second run finds it in submission and stops."""
        if can_cancel_now(job):
            await self._canceller.cancel(job)
            return
        if not self._request.has_inputs(job):
            # Its inputs cannot be fetched any more, or a worker of the version before has enqueued it unprepared.
            due = self._polling.begin_limit
            await self._jobs.move(
                job, WAITING, Status.CREATED, due=due, then=Task.PREPARE, inputs=None
            )
            return
        job = await self._translated(job)
        intent = {
            "deadline": job.deadline or self._jobs.clock() + self._polling.max_wait,
            "webhook_token": self._request.webhook_token(job),
            "usual": await self._durations.usual(job.request.model),
            "position": None,
            "fal_keeps": self._kept(job),
        }
        async with self._steps.begin(job, WAITING, Status.SUBMITTING, **intent) as begun:
            if begun:
                async with self._progress.shown_meanwhile(begun):
                    record = await self._post(begun)
                # Only this process knows fal's answer.
                await write_until_taken(record)

    async def _translated(self, job: Job) -> Job:
        """Translate the words, if the model cannot read them, before the job takes a slot; store the outcome."""
        if not job.request.translate or job.translation is not None or self._translator is None:
            return job
        translation = await self._translator.translate(job.request)
        await self._jobs.update_fields(job.id, translation=translation)
        return job.model_copy(update={"translation": translation})

    def _kept(self, job: Job) -> StoredData:
        """Return how long fal stores what it gets: its copies of the images may have another lifetime."""
        uploaded = job.picture_urls and job.fal_keeps
        return self._fal_keeps.beside(uploaded) if uploaded else self._fal_keeps

    async def _post(self, job: Job) -> Callable[[], Awaitable[Any]]:
        """Post the job; return the function that records the outcome."""
        submitting = {Status.SUBMITTING}
        try:
            task = await self._request.post(job, partial(self._record_input, job))
        except NotSent as error:
            return partial(self._wait_or_end, job, error)
        except Ambiguous as error:
            logger.warning("submit is unconfirmed: job {}: {}", job.id, error)
            # Wait for fal's webhook, or find the request at fal: another POST could pay twice.
            doubt: dict[str, Any] = {"due": 0, "problem": None}
            return partial(self._jobs.move, job, submitting, Status.UNCONFIRMED, **doubt)
        except ValueError as error:
            refused = ProviderError(FailureKind.BAD_INPUT, str(error))
            return partial(self._finisher.fail, job, submitting, refused)
        except ProviderError as error:
            return partial(self._finisher.fail, job, submitting, error)
        return partial(self._record_accepted, job, task, self._jobs.clock())

    async def _record_input(self, job: Job, digest: str) -> None:
        """Record what is about to be posted, unless fal does not list it. Raises NotSent if Redis is unavailable."""
        if not self._fal_keeps.requests:
            return
        try:
            await self._inquiries.record_post(job, digest, self._jobs.clock())
        except UNAVAILABLE as error:
            name = type(error).__name__
            raise NotSent(FailureKind.STORAGE, f"Redis is unavailable ({name}).") from None

    async def _record_accepted(self, job: Job, task: TaskId, since: float) -> None:
        # A webhook that came meanwhile has scheduled a poll already.
        due = NoLaterThan(await self._intervals.first(job))
        known: dict[str, Any] = {
            "task": task.dumps(),
            "submitted_at": since,
            "attempts": 0,
            "problem": None,
            # Earlier waits do not count against fal's time.
            "deadline": self._jobs.clock() + self._polling.max_wait,
        }
        in_doubt = {Status.SUBMITTING, Status.UNCONFIRMED}
        if await self._jobs.move(job, in_doubt, Status.QUEUED, due=due, **known):
            return
        ended = await self._jobs.get(job.id)
        if ended and ended.ended_in_doubt and not ended.task:
            # Redis was unavailable past the deadline, and another worker has given up the job, which is paid for.
            logger.info(
                "submit accepted by fal after the job's end: job {}, was {}", job.id, ended.status
            )
            known |= {"finished_at": None, "failure": None, "detail": None}
            await self._jobs.move(ended, {ended.status}, Status.QUEUED, due=due, **known)

    async def _wait_or_end(self, job: Job, error: NotSent) -> None:
        now = self._jobs.clock()
        if job.is_overdue(now):
            await self._finisher.fail(job, {Status.SUBMITTING}, error)
            return
        problem, asked = job.waits_out(error.kind, now), error.retry_after
        back_to = Status.PREPARED if job.inputs else Status.CREATED
        await self._retries.try_later(job, error, problem, back_to=back_to, asked=asked)
