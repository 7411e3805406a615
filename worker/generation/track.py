"""Poll all due jobs, under a lease, and schedule their next polls.

A poll never waits: it asks once, takes the step that the answer allows, and returns when to poll again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from loguru import logger

from infra.fal.webhooks import read_webhook
from infra.redis.client import UNAVAILABLE
from infra.retry import add_jitter
from worker.generation.attempts import BEGUN, is_given_up
from worker.generation.cancel import cancel, finish_cancelled, is_cancellable
from worker.generation.context import FAILED_POLL_WAIT, Generation
from worker.generation.finish import conclude, end
from worker.generation.job_task import job_log_context
from worker.generation.late_result import accept_late_result
from worker.generation.poll import follow, take_step
from worker.generation.retry import show_often, wait_on
from worker.generation.send_attempts import SECOND_AFTER
from worker.jobs.fal_webhooks import AWAITING, Webhook
from worker.model import ADOPTABLE, AT_FAL, TERMINAL, WAITING, Cancellation, Job, Status
from worker.queues.names import Task

# Seconds between two polls of a job that waits for a slot.
FASTEST_LINE, SLOWEST_LINE = 1, 30

#: Polls once; returns the seconds until the next poll, None if a step has scheduled it.
type Step = Callable[[Generation, Job], Awaitable[float | None]]


async def track(generation: Generation, _queue: str) -> None:
    """Poll every job that is due, then schedule the next run."""
    claim = await generation.due.claim()
    if claim.is_full:
        # The other due jobs need not wait for these polls.
        await generation.due.plan()
    jobs = await generation.jobs.get_many(claim.ids)
    for gone in set(claim.ids) - {job.id for job in jobs}:
        await generation.due.remove(gone)
    webhooks = await generation.webhooks.get_many([job.id for job in jobs if job.webhook_token])
    waits = await asyncio.gather(*(_poll(generation, job, webhooks.get(job.id)) for job in jobs))
    await generation.due.put_back(
        claim, {job.id: wait for job, wait in zip(jobs, waits, strict=True) if wait is not None}
    )
    await generation.due.plan()


async def plan(generation: Generation) -> None:
    """Enqueue the next run of `track` from a cron, in case the chain of runs was broken."""
    await generation.due.plan()


async def _poll(generation: Generation, job: Job, webhook: Webhook | None) -> float | None:
    with job_log_context(job):
        return await _poll_or_defer(generation, job, webhook)


async def _poll_or_defer(generation: Generation, job: Job, webhook: Webhook | None) -> float | None:
    try:
        return await _poll_once(generation, job, webhook)
    except UNAVAILABLE as error:
        logger.warning("Redis is unavailable: job {} not polled: {}", job.id, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - one job's error must not stop the polls of the others
        logger.exception("poll failed: job {}", job.id)
        if await is_given_up(generation, job, type(error).__name__):
            return None
    return add_jitter(FAILED_POLL_WAIT)


async def _poll_once(generation: Generation, job: Job, webhook: Webhook | None) -> float | None:
    if is_cancellable(job):
        unended = await cancel(generation, job)
        if unended is None:
            return None
        job = unended
    if job.status in BEGUN and await is_given_up(generation, job, "its worker died"):
        return None
    if webhook and job.status in AWAITING:
        return await _handle_webhook(generation, job, webhook)
    if webhook and job.ended_in_doubt:
        return await accept_late_result(generation, job, webhook)
    return await _STEPS[job.status](generation, job)


async def _handle_webhook(generation: Generation, job: Job, webhook: Webhook) -> float | None:
    """Handle a webhook like the result of a poll; poll fal if the webhook does not say enough."""
    if job.status in ADOPTABLE:
        job = await _adopt(generation, job, webhook.request_id)
    status = read_webhook(webhook.body)
    if status:
        return await take_step(generation, job, status)
    return await follow(generation, job) if job.status in AT_FAL else None


async def _adopt(generation: Generation, job: Job, request_id: str) -> Job:
    """Continue with a job that fal has according to a webhook, as if the submit had been answered."""
    task = generation.fal.rebuild_task(job.request.model, request_id)
    now = generation.clock()
    known: dict[str, Any] = {"task": task.dumps(), "submitted_at": now}
    known |= {"deadline": now + generation.polling.max_wait, "problem": None}
    if await generation.jobs.move(
        job, ADOPTABLE, Status.QUEUED, due="unchanged", attempts=0, **known
    ):
        logger.info("webhook came before the submit's answer: job {}", job.id)
    return await generation.jobs.get(job.id) or job


async def _submit_again(generation: Generation, job: Job) -> float | None:
    """Wait for a slot or for the next try, or enqueue the submit again, whose arq job was lost."""
    ahead = await generation.slots.ahead(job)
    if ahead is not None:
        return await _show_queue_position(generation, job, ahead)
    wait = await wait_on(generation, job)
    if wait is not None:
        return wait
    due = generation.polling.begin_limit
    await generation.jobs.move(job, WAITING, due=due, then=job.next_task)
    return None


async def _show_queue_position(generation: Generation, job: Job, ahead: int) -> float:
    """Show how many jobs are ahead; a free slot wakes the job, so polls are rarer farther back."""
    if ahead != job.position:
        await generation.jobs.update_fields(job.id, position=ahead)
    await generation.progress.show(job.model_copy(update={"position": ahead}))
    return min(SLOWEST_LINE, max(FASTEST_LINE, ahead / 4))


async def _prepare_again(generation: Generation, job: Job) -> float | None:
    """Start a crashed preparation again; nothing was paid."""
    await _begin_again(generation, job, Status.CREATED, Task.PREPARE)
    return None


async def _mark_unconfirmed(generation: Generation, job: Job) -> float | None:
    """Mark a submit whose process died as unconfirmed; it is not posted again."""
    await generation.jobs.move(job, {Status.SUBMITTING}, Status.UNCONFIRMED, due=0)
    return None


async def _wait_for_webhook(generation: Generation, job: Job) -> float | None:
    """Wait for fal's webhook; at the deadline tell the user that the job may have been charged."""
    if job.cancel_requested:
        # Its user has cancelled, so the slot goes to another job.
        await generation.slots.release(job)
    left = (job.deadline or 0) - generation.clock()
    if left > 0:
        return min(left, await show_often(generation, job, generation.polling.doubt_interval))
    if job.cancel_requested:
        await finish_cancelled(generation, job, Cancellation.UNKNOWN)
    else:
        await end(generation, job, {Status.UNCONFIRMED}, Status.FAILED, failure="unconfirmed")
    return None


async def _collect_again(generation: Generation, job: Job) -> float | None:
    """Start a download again that has not started, is due for its next try, or has crashed."""
    if job.status is Status.COMPLETED:
        wait = await wait_on(generation, job)
        if wait is not None:
            return wait
    await _begin_again(generation, job, Status.COMPLETED, Task.COLLECT)
    return None


async def _deliver_again(generation: Generation, job: Job) -> float | None:
    """Start a delivery again that has not started, is due for its next try, or has crashed."""
    if job.status is Status.DELIVERING and job.send_attempts:
        # Its worker may have got an answer while Redis was unavailable, and be about to record it.
        await generation.jobs.move(job, None, Status.COLLECTED, due=SECOND_AFTER)
        return None
    await _begin_again(generation, job, Status.COLLECTED, Task.DELIVER)
    return None


async def _begin_again(generation: Generation, job: Job, status: Status, step: Task) -> None:
    # No effect if a step has started since this poll read the job.
    due = generation.polling.begin_limit
    await generation.jobs.move(job, None, status, due=due, then=step)


_STEPS: dict[Status, Step] = {
    Status.CREATED: _submit_again,
    Status.PREPARED: _submit_again,
    Status.PREPARING: _prepare_again,
    Status.SUBMITTING: _mark_unconfirmed,
    Status.UNCONFIRMED: _wait_for_webhook,
    Status.QUEUED: follow,
    Status.RUNNING: follow,
    Status.COMPLETED: _collect_again,
    Status.COLLECTING: _collect_again,
    Status.COLLECTED: _deliver_again,
    Status.DELIVERING: _deliver_again,
    **dict.fromkeys(TERMINAL, conclude),
}
