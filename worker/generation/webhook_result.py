"""What fal reports by webhook: the result of a job that is awaited, or of one that was given up and is paid for."""

from dataclasses import replace

from loguru import logger

from infra.errors import ProviderError
from infra.fal.client import FalClient
from infra.fal.tasks import TaskId, TaskState
from infra.fal.webhooks import read_webhook
from infra.retry import add_jitter
from worker.generation.adopt import Adopter
from worker.generation.finish import Finisher
from worker.generation.policies import FAILED_POLL_WAIT, PollingPolicy
from worker.generation.poll import Poller
from worker.jobs.fal_webhooks import Webhook, WebhookStore
from worker.jobs.store import JobStore
from worker.model import ADOPTABLE, AT_FAL, Job


class WebhookHandler:
    """Each method returns the seconds until the next poll, None if a step has scheduled it."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a webhook can touch
        self,
        jobs: JobStore,
        webhooks: WebhookStore,
        fal: FalClient,
        poller: Poller,
        adopter: Adopter,
        finisher: Finisher,
        polling: PollingPolicy,
    ) -> None:
        self._adopter = adopter
        self._jobs = jobs
        self._webhooks = webhooks
        self._fal = fal
        self._poller = poller
        self._finisher = finisher
        self._polling = polling

    async def handle(self, job: Job, webhook: Webhook) -> float | None:
        """Handle a webhook like the answer to a poll; poll fal if the webhook does not say enough."""
        if job.ended_in_doubt:
            return await self._accept_late_result(job, webhook)
        if job.status in ADOPTABLE:
            if await self._adopter.adopt(job, webhook.request_id):
                logger.info("webhook came before the submit's answer: job {}", job.id)
            job = await self._jobs.get(job.id) or job
        if job.status in ADOPTABLE:
            # Another job with the same input has the request: this one has another, or none.
            await self._webhooks.forget(job.id)
            return add_jitter(self._polling.doubt_interval)
        status = read_webhook(webhook.body)
        if status and status.state is TaskState.FAILED and job.task:
            # A webhook does not have fal's bill; a result's bill is fetched with its files.
            try:
                bill = await self._fal.read_bill(TaskId.loads(job.task))
                status = replace(status, bill=bill)
            except ProviderError as error:
                logger.info("bill request failed: job {}: {}", job.id, error)
        if status:
            return await self._poller.take_step(job, status)
        return await self._poller.poll(job) if job.status in AT_FAL else None

    async def _accept_late_result(self, job: Job, webhook: Webhook) -> float | None:
        """Resume a job that was given up if fal has a result; ignore any other status."""
        try:
            task = self._adopter.task(job, webhook.request_id)
            status = read_webhook(webhook.body)
            if status is None:
                status = await self._fal.check_status(task)
        except ProviderError as error:
            logger.info("status request after a late webhook failed: job {}: {}", job.id, error)
            return add_jitter(FAILED_POLL_WAIT)
        is_done = status.state is TaskState.COMPLETED
        taken = is_done and await self._adopter.accept_late_result(job, task, status)
        # Not before: after a crash the next poll reads it again.
        await self._webhooks.forget(job.id)
        return None if taken else await self._finisher.conclude(job)
