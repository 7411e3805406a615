"""Following: whatever is due is looked at together, under a lease, and given the time of its next look.

A look never waits: it asks once, takes the step that the answer allows, and says when to look again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from loguru import logger

from infra.errors import FailureKind, ProviderError
from infra.fal.tasks import CancelOutcome, TaskId, TaskState, TaskStatus
from infra.fal.webhooks import read_webhook
from infra.redis import UNAVAILABLE
from worker.generation.context import Generation, backoff
from worker.generation.end import conclude, end, fail
from worker.generation.stumble import BEGUN, is_given_up
from worker.jobs import ADOPTABLE, AT_FAL, TERMINAL, Job, Status
from worker.queue import Task
from worker.webhooks import AWAITING, Webhook

# Seconds between two looks at a job that stands in our own line.
FASTEST_LINE, SLOWEST_LINE = 2, 30

#: Takes one look; the time of the next, or None when a step has set it.
type Look = Callable[[Generation, Job], Awaitable[float | None]]


async def track(generation: Generation, _queue: str) -> None:
    """Look at every job that is due, then plan the next run."""
    claim = await generation.due.claim()
    jobs = await generation.jobs.get_many(claim.ids)
    for gone in set(claim.ids) - {job.id for job in jobs}:
        await generation.due.remove(gone)
    webhooks = await generation.webhooks.get_many([job.id for job in jobs if job.webhook_token])
    due = await asyncio.gather(*(_look(generation, job, webhooks.get(job.id)) for job in jobs))
    await generation.due.put_back(
        claim, {job.id: at for job, at in zip(jobs, due, strict=True) if at is not None}
    )
    await generation.due.plan()


async def plan(generation: Generation) -> None:
    """Keep the chain of `track` alive: whatever broke it, a cron mends it."""
    await generation.due.plan()


async def _look(generation: Generation, job: Job, webhook: Webhook | None) -> float | None:
    try:
        if job.status in BEGUN and await is_given_up(generation, job, "its worker died"):
            return None
        if webhook and job.status in AWAITING:
            return await _hear(generation, job, webhook)
        return await _LOOKS[job.status](generation, job)
    except UNAVAILABLE as error:
        logger.warning("job {}: not looked at: {}", job.id, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - one job's trouble must not cost the others their look
        logger.exception("job {}: looking at it failed, once more later", job.id)
        if await is_given_up(generation, job, type(error).__name__):
            return None
    return generation.clock() + backoff(5)


async def _hear(generation: Generation, job: Job, webhook: Webhook) -> float | None:
    """Take what a webhook says as what a look would have found; ask fal when it does not say enough."""
    if job.status in ADOPTABLE:
        job = await _adopt(generation, job, webhook.request_id)
    status = read_webhook(webhook.body)
    if status:
        return await _take_step(generation, job, status)
    return await _follow(generation, job) if job.status in AT_FAL else None


async def _adopt(generation: Generation, job: Job, request_id: str) -> Job:
    """fal has it after all: from here on it is followed as if the submit had been answered."""
    task = generation.fal.rebuild_task(job.request.model, request_id)
    if await generation.jobs.move(
        job, ADOPTABLE, Status.QUEUED, due="unchanged", task=task.dumps(), attempts=0
    ):
        logger.info("job {}: fal has it: a webhook came before the submit's answer", job.id)
    return await generation.jobs.get(job.id) or job


async def _follow(generation: Generation, job: Job) -> float | None:
    """Ask fal how far it is."""
    if job.deadline and generation.clock() > job.deadline:
        return await _expire(generation, job)
    try:
        status = await generation.fal.check_status(TaskId.loads(job.task or ""))
    except ProviderError as error:
        # Whatever keeps fal from answering, the job may still be made there: go on until the deadline.
        logger.info("job {}: no status: {}", job.id, error)
        await generation.jobs.note(job.id, attempts=job.attempts + 1)
        wait = error.retry_after or backoff(job.attempts, cap=30)
        return generation.clock() + max(generation.pace.poll_interval, wait)
    if job.webhook_token and status.state in {TaskState.COMPLETED, TaskState.FAILED}:
        await _note_silence(generation, job)
    return await _take_step(generation, job, status)


async def _note_silence(generation: Generation, job: Job) -> None:
    if await generation.webhooks.miss(job.id):
        logger.info(
            "job {}: ended without a webhook: polls keep their pace until one comes", job.id
        )


async def _take_step(generation: Generation, job: Job, status: TaskStatus) -> float | None:
    now = generation.clock()
    match status.state:
        case TaskState.COMPLETED:
            await generation.jobs.move(
                job,
                AT_FAL,
                Status.COMPLETED,
                due=now + generation.pace.begin_limit,
                then=Task.COLLECT,
                deadline=now + generation.pace.collect_patience,
                attempts=0,
                tries=0,
                result_urls=_wanted(status),
                seed=None if status.seed is None else str(status.seed),
            )
            return None
        case TaskState.FAILED:
            await fail(generation, job, AT_FAL, status.error or _unknown("fal gave no reason"))
            return None
        case TaskState.NOT_FOUND if now - job.updated_at > generation.pace.unknown_patience:
            await fail(generation, job, AT_FAL, _unknown("fal does not know this request any more"))
            return None
        case TaskState.NOT_FOUND:
            return now + generation.pace.poll_interval
        case TaskState.IN_QUEUE | TaskState.IN_PROGRESS:
            return await _show(generation, job, status)


async def _show(generation: Generation, job: Job, status: TaskStatus) -> float | None:
    now = generation.clock()
    if status.state is TaskState.IN_PROGRESS and job.status is Status.QUEUED:
        started: dict[str, Any] = {"running_since": now, "position": None, "attempts": 0}
        # A webhook that came meanwhile has set the next look.
        await generation.jobs.move(job, {Status.QUEUED}, Status.RUNNING, due="unchanged", **started)
        job = job.model_copy(update={"status": Status.RUNNING, "updated_at": now, **started})
    elif status.queue_position != job.position or job.attempts:
        waiting: dict[str, Any] = {"position": status.queue_position, "attempts": 0}
        await generation.jobs.note(job.id, **waiting)
        job = job.model_copy(update=waiting)
    await generation.progress.show(job)
    return now + await _poll_interval(generation, job)


async def _poll_interval(generation: Generation, job: Job) -> float:
    """While webhooks work, polls only keep the card honest, and grow rarer the longer nothing changes."""
    pace = generation.pace
    if not job.webhook_token or not await generation.webhooks.are_working():
        return pace.poll_interval
    unchanged_for = generation.clock() - job.updated_at
    return max(pace.poll_interval, min(unchanged_for / 2, pace.safety_interval))


async def _expire(generation: Generation, job: Job) -> float | None:
    """Cancel at fal what took too long; what has just been finished is fetched all the same."""
    if await _cancel(generation, job) is CancelOutcome.TOO_LATE:
        patience = generation.clock() + generation.pace.collect_patience
        await generation.jobs.note(job.id, deadline=patience)
        return generation.clock()
    await end(generation, job, AT_FAL, Status.EXPIRED, failure=FailureKind.TOO_SLOW)
    return None


async def _cancel(generation: Generation, job: Job) -> CancelOutcome:
    try:
        return await generation.fal.cancel(TaskId.loads(job.task or ""))
    except ProviderError as error:
        logger.warning("job {}: fal could not be asked to cancel it: {}", job.id, error)
        return CancelOutcome.UNKNOWN


async def _submit_again(generation: Generation, job: Job) -> float | None:
    """Nothing was sent yet: it waits for its turn or its next try, or the submit's arq job was lost."""
    ahead = await generation.turns.ahead(job)
    if ahead is not None:
        return await _show_line(generation, job, ahead)
    due = generation.clock() + generation.pace.begin_limit
    await generation.jobs.move(job, {Status.CREATED}, due=due, then=Task.SUBMIT)
    return None


async def _show_line(generation: Generation, job: Job, ahead: int) -> float:
    """Say how many stand before it; its turn will wake it, so the farther back the rarer."""
    if ahead != job.position:
        await generation.jobs.note(job.id, position=ahead)
    await generation.progress.show(job.model_copy(update={"position": ahead}))
    return generation.clock() + min(SLOWEST_LINE, FASTEST_LINE + ahead)


async def _doubt(generation: Generation, job: Job) -> float | None:
    """The submit began and never ended: its process died. It is not posted again."""
    now = generation.clock()
    await generation.jobs.move(job, {Status.SUBMITTING}, Status.UNCONFIRMED, due=now)
    return None


async def _wait_for_word(generation: Generation, job: Job) -> float | None:
    """Whether fal has it, only fal can say; in the end the person is told that it may have been charged."""
    now = generation.clock()
    if now < (job.deadline or 0):
        await generation.progress.show(job)
        return min(job.deadline or now, now + generation.pace.doubt_interval)
    await end(generation, job, {Status.UNCONFIRMED}, Status.FAILED, failure="unconfirmed")
    return None


async def _collect_again(generation: Generation, job: Job) -> float | None:
    """The fetching has not begun, waits for its next try, or died: its lease has run out."""
    await _begin_again(generation, job, Status.COMPLETED, Task.COLLECT)
    return None


async def _deliver_again(generation: Generation, job: Job) -> float | None:
    """The sending has not begun, waits as Telegram said, or died: then it is sent once more."""
    await _begin_again(generation, job, Status.COLLECTED, Task.DELIVER)
    return None


async def _begin_again(generation: Generation, job: Job, status: Status, step: Task) -> None:
    # A step that has begun since this look has read the job lives, and is not to be begun a second time.
    due = generation.clock() + generation.pace.begin_limit
    await generation.jobs.move(job, None, status, due=due, then=step)


def _wanted(status: TaskStatus) -> tuple[str, ...]:
    pairs = zip(status.results, status.blocked, strict=True)
    return tuple(file.url for file, blocked in pairs if not blocked)


def _unknown(detail: str) -> ProviderError:
    return ProviderError(FailureKind.UNKNOWN, detail)


_LOOKS: dict[Status, Look] = {
    Status.CREATED: _submit_again,
    Status.SUBMITTING: _doubt,
    Status.UNCONFIRMED: _wait_for_word,
    Status.QUEUED: _follow,
    Status.RUNNING: _follow,
    Status.COMPLETED: _collect_again,
    Status.COLLECTING: _collect_again,
    Status.COLLECTED: _deliver_again,
    Status.DELIVERING: _deliver_again,
    **dict.fromkeys(TERMINAL, conclude),
}
