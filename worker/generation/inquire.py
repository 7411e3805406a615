"""Ask fal later about jobs: has it a submit whose answer was lost, and what does it bill for a job that has ended?

Each question is asked again with growing delays, a limited number of times (worker/jobs/inquiries.py).
"""

import asyncio
from typing import Any

from loguru import logger

from infra.errors import ProviderError
from infra.fal.client import FalClient
from infra.fal.history import History
from infra.fal.models.platform import PlatformError
from infra.fal.tasks import TaskId, TaskState, TaskStatus
from infra.redis.client import UNAVAILABLE
from infra.telegram.delivery import Delivery
from infra.telegram.outcomes import TelegramOutcome
from worker.generation.adopt import Adopter
from worker.generation.captions import Captions
from worker.generation.job_task import job_log_context
from worker.generation.policies import INQUIRY_RETRY
from worker.generation.result_albums import UnsentResult
from worker.jobs.inquiries import Inquiries
from worker.jobs.message_index import MessageIndex
from worker.jobs.store import JobStore
from worker.limits.billing import charge, is_charged
from worker.model import AT_FAL, SETTLED, Job, Status

# Seconds by which fal's clock may be off, and which a submit may take.
_BEFORE, _AFTER = 60, 120
# Answers without a bill after which none is expected any more.
_WITHOUT_BILL = 3
# Seconds of one question; less than the cron job has (worker/main.py), so that a slow one counts as asked.
_MOST_SECONDS = 60
# Seconds. Limit of a wait that fal asks for.
_LONGEST_WAIT = 3600


class Inquirer:
    def __init__(  # noqa: PLR0913, PLR0917 - what an answer can touch
        self,
        jobs: JobStore,
        inquiries: Inquiries,
        fal: FalClient,
        history: History | None,
        adopter: Adopter,
        captions: Captions,
        delivery: Delivery,
        messages: MessageIndex,
    ) -> None:
        self._jobs = jobs
        self._inquiries = inquiries
        self._fal = fal
        self._history = history
        self._adopter = adopter
        self._captions = captions
        self._delivery = delivery
        self._messages = messages

    async def inquire(self) -> None:
        """Ask about every job that is due."""
        ids = await self._inquiries.claim()
        jobs = await self._jobs.get_many(ids)
        for gone in set(ids) - {job.id for job in jobs}:
            await self._inquiries.remove(gone)
        await asyncio.gather(*map(self._inquire_about, jobs))

    async def _inquire_about(self, job: Job) -> None:
        with job_log_context(job):
            try:
                async with asyncio.timeout(_MOST_SECONDS):
                    asked = await self._ask(job)
            except UNAVAILABLE as error:
                # It is due again when its lease expires.
                logger.warning("inquiry failed: job {}: {}", job.id, type(error).__name__)
                return
            except TimeoutError:
                logger.info("inquiry failed: job {}: not answered in {} s", job.id, _MOST_SECONDS)
                asked = None
            except (PlatformError, ProviderError) as error:
                logger.info("inquiry failed: job {}: {}", job.id, error)
                asked = error.wait if isinstance(error, PlatformError) else error.retry_after
            except Exception:  # noqa: BLE001 - one job must not stop the questions about others
                logger.exception("inquiry failed: job {}", job.id)
                asked = None
            await self._ask_again(job, asked)

    async def _ask_again(self, job: Job, asked: float | None) -> None:
        """Postpone the question, unless it was answered and is gone; `asked` is fal's Retry-After."""
        if job.inquiries + 1 >= (INQUIRY_RETRY.attempts or 0):
            logger.warning("fal was asked in vain: job {}, {}", job.id, job.status)
            await self._end(job)
            return
        await self._jobs.update_fields(job.id, inquiries=job.inquiries + 1)
        wait = min(INQUIRY_RETRY.wait(job.inquiries, asked=asked), _LONGEST_WAIT)
        await self._inquiries.postpone(job.id, wait)

    async def _ask(self, job: Job) -> float | None:
        task = TaskId.loads(job.task) if job.task else await self._find(job)
        if task is None:
            return None
        if job.status is Status.UNCONFIRMED:
            if await self._adopter.adopt(job, task.request_id, due=0):
                logger.info("lost submit found at fal: job {}", job.id)
            return None
        status = await self._fal.check_status(task)
        if status.state is TaskState.COMPLETED and job.ended_in_doubt:
            await self._adopter.accept_late_result(job, task, status)
        elif status.state in {TaskState.COMPLETED, TaskState.FAILED}:
            await self._book_bill(job, status)
        return None

    async def _find(self, job: Job) -> TaskId | None:
        """Find the request of a submit whose answer was lost; a miss proves nothing."""
        if self._history is None or job.input_digest is None or job.posted_at is None:
            return None
        since, until = job.posted_at - _BEFORE, job.posted_at + _AFTER
        sent = [
            request
            for request in await self._history.sent_since(job.request.model, since)
            if request.digest == job.input_digest and request.sent_at <= until
        ]
        posted_at = job.posted_at
        sent.sort(key=lambda request: abs(request.sent_at - posted_at))
        claimed = await self._inquiries.claim_request(job, [request.request_id for request in sent])
        return self._adopter.task(job, claimed) if claimed else None

    async def _book_bill(self, job: Job, status: TaskStatus) -> None:
        """Correct the ledger and the caption by the bill of a job that has ended."""
        charged: dict[str, Any] = dict(charge(job.request.model, status.bill))
        if not charged and status.error:
            is_free = not is_charged(AT_FAL, Status.FAILED, status.error.kind)
            charged = {"cost": 0, "units": 0} if is_free else {}
        if not charged:
            # The estimate stays if no price of this bill is known.
            if status.bill or job.inquiries + 1 >= _WITHOUT_BILL:
                await self._end(job)
            return
        if not await self._jobs.move(job, None, due="unchanged", **charged):
            return
        logger.info("bill read after the end: job {}, ${:.6f}", job.id, charged["cost"])
        billed = await self._jobs.get(job.id)
        # The caption of a set is about several jobs.
        if billed and billed.sent_message_ids and not billed.request.job_set:
            await self._correct_caption(billed)

    async def _correct_caption(self, job: Job) -> None:
        # As when its first message was sent.
        sent = UnsentResult([job.model_copy(update={"sent_message_ids": ()})], [job])
        chat_id, message_id = sent.form.place(job).chat_id, job.sent_message_ids[0]
        shown = await self._messages.find(chat_id, message_id)
        if shown is None or shown.job_id != job.id:
            return  # its user has opened another step of the chain in this message
        caption, keyboard = await self._captions.caption(sent), self._captions.keyboard(sent)
        try:
            await self._delivery.edit_caption(chat_id, message_id, caption, keyboard)
        except TelegramOutcome as outcome:
            logger.info("caption keeps the estimate: job {}: {}", job.id, outcome)

    async def _end(self, job: Job) -> None:
        """Ask no more questions about the job."""
        await self._inquiries.remove(job.id)
        if job.status in SETTLED:
            await self._jobs.update_fields(job.id, task=None)
