"""Following: whatever is due is looked at together, under a lease, and given the time of its next look.

A look never waits: it asks once, takes the step that the answer allows, and says when to look again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from loguru import logger

from infra.fal.webhooks import read_webhook
from infra.redis.client import UNAVAILABLE
from infra.retry import add_jitter
from worker.generation.attempts import BEGUN, is_given_up
from worker.generation.cancel import cancel, finish_cancelled, is_wished
from worker.generation.context import FAILED_POLL_WAIT, Generation
from worker.generation.finish import conclude, end
from worker.generation.job_task import job_log_context
from worker.generation.late_result import accept_late_result
from worker.generation.poll import follow, take_step
from worker.generation.retry import show_often, wait_on
from worker.generation.send_attempts import SECOND_AFTER
from worker.jobs.fal_webhooks import AWAITING, Webhook
from worker.model import ADOPTABLE, AT_FAL, TERMINAL, Cancellation, Job, Status
from worker.queues.names import Task

# Seconds between two looks at a job that stands in our own line.
FASTEST_LINE, SLOWEST_LINE = 1, 30

#: Takes one look; the seconds until the next, or None when a step has set it.
type Step = Callable[[Generation, Job], Awaitable[float | None]]


async def track(generation: Generation, _queue: str) -> None:
    """Look at every job that is due, then plan the next run."""
    claim = await generation.due.claim()
    if claim.is_full:
        # The others need not wait for fal's answers about these.
        await generation.due.plan()
    jobs = await generation.jobs.get_many(claim.ids)
    for gone in set(claim.ids) - {job.id for job in jobs}:
        await generation.due.remove(gone)
    webhooks = await generation.webhooks.get_many([job.id for job in jobs if job.webhook_token])
    waits = await asyncio.gather(*(_look(generation, job, webhooks.get(job.id)) for job in jobs))
    await generation.due.put_back(
        claim, {job.id: wait for job, wait in zip(jobs, waits, strict=True) if wait is not None}
    )
    await generation.due.plan()


async def plan(generation: Generation) -> None:
    """Keep the chain of `track` alive: whatever broke it, a cron mends it."""
    await generation.due.plan()


async def _look(generation: Generation, job: Job, webhook: Webhook | None) -> float | None:
    with job_log_context(job):
        return await _take_look_or_later(generation, job, webhook)


async def _take_look_or_later(
    generation: Generation, job: Job, webhook: Webhook | None
) -> float | None:
    try:
        return await _take_look(generation, job, webhook)
    except UNAVAILABLE as error:
        logger.warning("job {}: not looked at: {}", job.id, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - one job's trouble must not cost the others their look
        logger.exception("job {}: looking at it failed, once more later", job.id)
        if await is_given_up(generation, job, type(error).__name__):
            return None
    return add_jitter(FAILED_POLL_WAIT)


async def _take_look(generation: Generation, job: Job, webhook: Webhook | None) -> float | None:
    if is_wished(job):
        unended = await cancel(generation, job)
        if unended is None:
            return None
        job = unended
    if job.status in BEGUN and await is_given_up(generation, job, "its worker died"):
        return None
    if webhook and job.status in AWAITING:
        return await _hear(generation, job, webhook)
    if webhook and job.ended_in_doubt:
        return await accept_late_result(generation, job, webhook)
    return await _STEPS[job.status](generation, job)


async def _hear(generation: Generation, job: Job, webhook: Webhook) -> float | None:
    """Take what a webhook says as what a look would have found; ask fal when it does not say enough."""
    if job.status in ADOPTABLE:
        job = await _adopt(generation, job, webhook.request_id)
    status = read_webhook(webhook.body)
    if status:
        return await take_step(generation, job, status)
    return await follow(generation, job) if job.status in AT_FAL else None


async def _adopt(generation: Generation, job: Job, request_id: str) -> Job:
    """fal has it after all: from here on it is followed as if the submit had been answered."""
    task = generation.fal.rebuild_task(job.request.model, request_id)
    now = generation.clock()
    known: dict[str, Any] = {"task": task.dumps(), "submitted_at": now}
    known |= {"deadline": now + generation.polling.max_wait, "trouble": None}
    if await generation.jobs.move(
        job, ADOPTABLE, Status.QUEUED, due="unchanged", attempts=0, **known
    ):
        logger.info("job {}: fal has it: a webhook came before the submit's answer", job.id)
    return await generation.jobs.get(job.id) or job


async def _submit_again(generation: Generation, job: Job) -> float | None:
    """Nothing was sent yet: it waits for its turn or its next try, or the submit's arq job was lost."""
    ahead = await generation.slots.ahead(job)
    if ahead is not None:
        return await _show_line(generation, job, ahead)
    wait = await wait_on(generation, job)
    if wait is not None:
        return wait
    due = generation.polling.begin_limit
    await generation.jobs.move(job, {Status.CREATED}, due=due, then=Task.SUBMIT)
    return None


async def _show_line(generation: Generation, job: Job, ahead: int) -> float:
    """Say how many stand before it; its turn will wake it, so the farther back the rarer."""
    if ahead != job.position:
        await generation.jobs.update_fields(job.id, position=ahead)
    await generation.progress.show(job.model_copy(update={"position": ahead}))
    return min(SLOWEST_LINE, max(FASTEST_LINE, ahead / 4))


async def _prepare_again(generation: Generation, job: Job) -> float | None:
    """The preparing died; nothing was paid."""
    await _begin_again(generation, job, Status.CREATED, Task.SUBMIT)
    return None


async def _doubt(generation: Generation, job: Job) -> float | None:
    """The submit began and never ended: its process died. It is not posted again."""
    await generation.jobs.move(job, {Status.SUBMITTING}, Status.UNCONFIRMED, due=0)
    return None


async def _wait_for_word(generation: Generation, job: Job) -> float | None:
    """Whether fal has it, only fal can say; in the end the person is told that it may have been charged."""
    if job.cancel_requested:
        # Nobody waits for it: whoever does is served.
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
    """The fetching has not begun, waits for its next try, or died: its lease has run out."""
    if job.status is Status.COMPLETED:
        wait = await wait_on(generation, job)
        if wait is not None:
            return wait
    await _begin_again(generation, job, Status.COMPLETED, Task.COLLECT)
    return None


async def _deliver_again(generation: Generation, job: Job) -> float | None:
    """The sending has not begun, waits as Telegram said, or died: then it is sent once more."""
    if job.status is Status.DELIVERING and job.send_attempts:
        # While Redis was away its worker may have got an answer, which it is about to write down.
        await generation.jobs.move(job, None, Status.COLLECTED, due=SECOND_AFTER)
        return None
    await _begin_again(generation, job, Status.COLLECTED, Task.DELIVER)
    return None


async def _begin_again(generation: Generation, job: Job, status: Status, step: Task) -> None:
    # A step that has begun since this look has read the job lives, and is not to be begun a second time.
    due = generation.polling.begin_limit
    await generation.jobs.move(job, None, status, due=due, then=step)


_STEPS: dict[Status, Step] = {
    Status.CREATED: _submit_again,
    Status.PREPARING: _prepare_again,
    Status.SUBMITTING: _doubt,
    Status.UNCONFIRMED: _wait_for_word,
    Status.QUEUED: follow,
    Status.RUNNING: follow,
    Status.COMPLETED: _collect_again,
    Status.COLLECTING: _collect_again,
    Status.COLLECTED: _deliver_again,
    Status.DELIVERING: _deliver_again,
    **dict.fromkeys(TERMINAL, conclude),
}
