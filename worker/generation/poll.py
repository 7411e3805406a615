"""Poll fal for the status of a job and take the step that it allows."""

from collections.abc import Collection
from typing import Any

from loguru import logger

from infra.errors import FailureKind, ProviderError
from infra.fal.tasks import CancelOutcome, TaskId, TaskState, TaskStatus
from worker.generation.cancel import cancel_at_fal, finish_cancelled, is_fulfilled
from worker.generation.context import STEP_RETRY, Generation
from worker.generation.finish import end, fail
from worker.generation.retry import LONGEST_WAIT, is_over, problem_of, show_often
from worker.model import AT_FAL, Cancellation, Job, Status
from worker.queues.names import Task

# Seconds after a step in which an edit of the card that was not possible is retried soon.
JUST_CHANGED = 5


async def follow(generation: Generation, job: Job) -> float | None:
    """Poll fal once."""
    if is_over(generation, job):
        return await _expire(generation, job)
    try:
        status = await generation.fal.check_status(TaskId.loads(job.task or ""))
    except ProviderError as error:
        # fal may still finish the job: continue until the deadline.
        logger.info("status request failed: job {}: {}", job.id, error)
        await generation.jobs.update_fields(job.id, attempts=job.attempts + 1)
        await generation.progress.show(job)
        wait = min(STEP_RETRY.wait(job.attempts, asked=error.retry_after), LONGEST_WAIT)
        wait = max(generation.polling.poll_interval, wait)
        return wait if job.deadline is None else min(wait, job.deadline - generation.clock())
    if job.webhook_token and status.state in {TaskState.COMPLETED, TaskState.FAILED}:
        await _record_missed_webhook(generation, job)
    return await take_step(generation, job, status)


async def _record_missed_webhook(generation: Generation, job: Job) -> None:
    if await generation.webhooks.miss(job.id):
        logger.info("webhook missed, polls stay frequent until the next one: job {}", job.id)


async def take_step(generation: Generation, job: Job, status: TaskStatus) -> float | None:
    now = generation.clock()
    match status.state:
        case TaskState.COMPLETED:
            if await complete(generation, job, AT_FAL, status) and job.submitted_at:
                await generation.durations.record(job.request.model, now - job.submitted_at)
            return None
        case TaskState.FAILED:
            await _fail(generation, job, status.error or _unknown("fal gave no reason"))
            return None
        case TaskState.NOT_FOUND:
            return await _wait_to_be_known(generation, job)
        case TaskState.IN_QUEUE | TaskState.IN_PROGRESS:
            return await _show(generation, job, status)


async def complete(
    generation: Generation, job: Job, expected: Collection[Status], status: TaskStatus
) -> bool:
    """Enqueue the download of a result; False if another step came first."""
    return await generation.jobs.move(
        job,
        expected,
        Status.COMPLETED,
        due=generation.polling.begin_limit,
        then=Task.COLLECT,
        deadline=generation.clock() + generation.polling.collect_timeout,
        attempts=0,
        tries=0,
        problem=None,
        result_urls=_result_urls(job, status),
        seed=None if status.seed is None else str(status.seed),
        failure=None,
        detail=None,
        finished_at=None,
    )


async def _fail(generation: Generation, job: Job, error: ProviderError) -> None:
    if is_fulfilled(job, error):
        await finish_cancelled(generation, job, Cancellation.STOPPED)
    else:
        await fail(generation, job, AT_FAL, error)


async def _wait_to_be_known(generation: Generation, job: Job) -> float | None:
    """Wait until fal knows the request; it may be unknown just after its submit, and briefly at any time."""
    problem = problem_of(generation, job, FailureKind.UNKNOWN)
    if generation.clock() - problem.since > generation.polling.unknown_request_timeout:
        await _give_up(generation, job)
        return None
    await generation.jobs.update_fields(job.id, problem=problem)
    return generation.polling.poll_interval


async def _give_up(generation: Generation, job: Job) -> None:
    if job.cancel_requested:
        await finish_cancelled(generation, job, Cancellation.UNKNOWN)
    else:
        await fail(generation, job, AT_FAL, _unknown("fal does not know this request any more"))


async def _show(generation: Generation, job: Job, status: TaskStatus) -> float | None:
    now = generation.clock()
    if status.state is TaskState.IN_PROGRESS and job.status is Status.QUEUED:
        started: dict[str, Any] = {
            "running_since": now,
            "position": None,
            "attempts": 0,
            "problem": None,
        }
        # A webhook that came meanwhile has scheduled the next poll.
        await generation.jobs.move(job, {Status.QUEUED}, Status.RUNNING, due="unchanged", **started)
        job = job.model_copy(update={"status": Status.RUNNING, "updated_at": now, **started})
    elif status.queue_position != job.position or job.attempts or job.problem:
        waiting: dict[str, Any] = {
            "position": status.queue_position,
            "attempts": 0,
            "problem": None,
        }
        await generation.jobs.update_fields(job.id, **waiting)
        job = job.model_copy(update=waiting)
    interval = await _poll_interval(generation, job)
    # A new status is shown soon, even in a busy chat; other updates can wait.
    if now - job.updated_at < JUST_CHANGED:
        return await show_often(generation, job, interval)
    await generation.progress.show(job)
    return interval


async def _poll_interval(generation: Generation, job: Job) -> float:
    """Return the seconds until the next poll: more if webhooks work, nothing changes and many jobs are active."""
    polling = generation.polling
    if not job.webhook_token or not await generation.webhooks.are_working():
        return polling.poll_interval
    unchanged_for = generation.clock() - job.updated_at
    rarest = max(polling.safety_interval, generation.due.followed / polling.safety_polls)
    return max(polling.poll_interval, min(unchanged_for / 2, rarest))


async def _expire(generation: Generation, job: Job) -> float | None:
    """Cancel a job that took too long at fal; fetch the result if it has just finished."""
    outcome = await cancel_at_fal(generation, job)
    if outcome is CancelOutcome.TOO_LATE:
        return await _wait_for_result(generation, job)
    removed = outcome is CancelOutcome.REMOVED
    known = Cancellation.REMOVED if removed else Cancellation.UNKNOWN
    if job.cancel_requested:
        await finish_cancelled(generation, job, known)
    else:
        too_slow: dict[str, Any] = {"failure": FailureKind.TOO_SLOW, "cancellation": known}
        await end(generation, job, AT_FAL, Status.EXPIRED, **too_slow)
    return None


async def _wait_for_result(generation: Generation, job: Job) -> float | None:
    """Wait for the result of a job that fal reports as done without giving a result."""
    problem = problem_of(generation, job, FailureKind.RESULT_UNREACHABLE)
    if problem == job.problem:
        detail = "fal is done and does not return the result"
        await fail(generation, job, AT_FAL, ProviderError(FailureKind.RESULT_UNREACHABLE, detail))
        return None
    timeout_seconds = generation.clock() + generation.polling.collect_timeout
    await generation.jobs.update_fields(
        job.id, deadline=timeout_seconds, problem=problem, attempts=0
    )
    return 0


def _result_urls(job: Job, status: TaskStatus) -> tuple[str, ...]:
    """Return the URLs of the results, at most as many as were ordered."""
    pairs = zip(status.results, status.blocked, strict=True)
    urls = dict.fromkeys(file.url for file, blocked in pairs if not blocked)
    ordered = int(job.request.options.get("count", 1))
    if len(urls) > ordered:
        logger.warning("more results than ordered: job {}, {} for {}", job.id, len(urls), ordered)
    return tuple(urls)[:ordered]


def _unknown(detail: str) -> ProviderError:
    return ProviderError(FailureKind.UNKNOWN, detail)
