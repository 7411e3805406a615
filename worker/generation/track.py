"""Poll all due jobs, under a lease, and schedule their next polls.

A poll never waits: it asks once, takes the step that the answer allows, and returns when to poll again.
"""

import asyncio

from loguru import logger

from infra.redis.client import UNAVAILABLE
from infra.retry import add_jitter
from worker.generation.cancel import Canceller, can_cancel_now
from worker.generation.crash_limit import BEGUN, CrashLimit
from worker.generation.finish import Finisher
from worker.generation.job_task import job_log_context
from worker.generation.policies import FAILED_POLL_WAIT
from worker.generation.poll import Poller
from worker.generation.resume import Resumer
from worker.generation.webhook_result import WebhookHandler
from worker.jobs.fal_webhooks import AWAITING, Webhook, WebhookStore
from worker.jobs.schedule import Claim, JobSchedule
from worker.jobs.store import JobStore
from worker.model import AT_FAL, TERMINAL, Job


class Tracker:
    def __init__(  # noqa: PLR0913, PLR0917 - a poll may lead to each of these
        self,
        jobs: JobStore,
        schedule: JobSchedule,
        webhooks: WebhookStore,
        webhook_handler: WebhookHandler,
        poller: Poller,
        resumer: Resumer,
        canceller: Canceller,
        finisher: Finisher,
        crash_limit: CrashLimit,
    ) -> None:
        self._jobs = jobs
        self._schedule = schedule
        self._webhooks = webhooks
        self._webhook_handler = webhook_handler
        self._poller = poller
        self._resumer = resumer
        self._canceller = canceller
        self._finisher = finisher
        self._crash_limit = crash_limit

    async def track(self, _queue: str) -> None:
        """Poll every job that is due, then schedule the next run."""
        claim = await self._schedule.claim()
        jobs = await self._jobs.get_many(claim.ids)
        for gone in set(claim.ids) - {job.id for job in jobs}:
            await self._schedule.remove(gone)
        webhooks = await self._webhooks.get_many([job.id for job in jobs if job.webhook_token])
        polls: dict[str, asyncio.Task[float | None]] = {}
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                polls[job.id] = group.create_task(self._poll(job, webhooks.get(job.id), claim))
                # Let other tasks run: a result on its way should not wait for the start of all polls.
                await asyncio.sleep(0)
            if claim.is_full:
                # The other due jobs need not wait for the answers.
                await self._schedule.plan()
        waits = {job_id: poll.result() for job_id, poll in polls.items()}
        await self._schedule.put_back(
            claim, {job_id: wait for job_id, wait in waits.items() if wait is not None}
        )
        await self._schedule.plan()

    async def _poll(self, job: Job, webhook: Webhook | None, claim: Claim) -> float | None:
        """Poll one job; a problem with it must not stop the polls of the others."""
        with job_log_context(job):
            try:
                return await self._take_step(job, webhook, claim)
            except UNAVAILABLE as error:
                reason = type(error).__name__
                logger.warning("Redis is unavailable: job {} not polled: {}", job.id, reason)
            except Exception as error:  # noqa: BLE001 - any error of one job
                logger.exception("poll failed: job {}", job.id)
                if await self._crash_limit.is_reached(job, type(error).__name__):
                    return None
            return add_jitter(FAILED_POLL_WAIT)

    async def _take_step(self, job: Job, webhook: Webhook | None, claim: Claim) -> float | None:
        if can_cancel_now(job):
            unended = await self._canceller.cancel(job)
            if unended is None:
                return None
            job = unended
        if job.status in BEGUN and not await self._can_resume(job, claim):
            return None
        if webhook and (job.status in AWAITING or job.ended_in_doubt):
            return await self._webhook_handler.handle(job, webhook)
        if job.status in AT_FAL:
            return await self._poller.poll(job)
        if job.status in TERMINAL:
            return await self._finisher.conclude(job)
        return await self._resumer.resume(job)

    async def _can_resume(self, job: Job, claim: Claim) -> bool:
        """Return whether a begun step has crashed, and not too often; another run may have begun it after the claim."""
        lease_until = claim.lease_until_ms
        is_running = not await self._schedule.renew(job.id, lease_until, lease_until)
        return not is_running and not await self._crash_limit.is_reached(job, "its worker died")
