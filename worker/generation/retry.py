"""Retries of a step: record the problem in the job, show it on the card, try again until the deadline."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from loguru import logger

from infra.errors import FailureKind, StorageError
from infra.redis.client import UNAVAILABLE
from worker.generation.context import STEP_RETRY, Generation
from worker.model import Job, Problem, Status

#: Seconds. Limit of a wait that a service asks for, because the problem may be over earlier.
LONGEST_WAIT = 60
#: Seconds. A shorter outage of the storage raises no alert.
ALERT_AFTER = 60
_UNDONE = {
    Status.PREPARING: "not prepared yet",
    Status.SUBMITTING: "not submitted yet",
    Status.COLLECTING: "result cannot be fetched yet",
}
#: Seconds until the next update of a card: of its timer, and after an edit that was not possible.
SHOWN_SECONDS, UNSHOWN_SECONDS = 15.0, 1.5
# Seconds. A chat allows one edit in that time, and the outcome of the step may need it.
_MOMENT = 1.0
# Seconds between updates of a card's timer during a long step.
_CLOCK_SECONDS = 5.0


def is_over(generation: Generation, job: Job) -> bool:
    """Return whether the deadline has passed."""
    return job.deadline is not None and generation.clock() >= job.deadline


def problem_of(
    generation: Generation, job: Job, kind: FailureKind, digest: str | None = None
) -> Problem:
    """Return the current problem of a job; a repeated one keeps its start."""
    before = job.problem
    if before and (before.kind, before.digest) == (kind, digest):
        return before
    return Problem(kind=kind, since=generation.clock(), digest=digest)


async def try_later(  # noqa: PLR0913 - the last two are keyword-only
    generation: Generation,
    job: Job,
    error: Exception,
    problem: Problem,
    *,
    back_to: Status,
    asked: float | None = None,
) -> None:
    """Move the job back to `back_to`, schedule the next try, and show the reason and the time on the card."""
    now = generation.clock()
    wait = min(STEP_RETRY.wait(job.attempts, asked=asked), LONGEST_WAIT)
    if job.deadline is not None:
        wait = max(0.0, min(wait, job.deadline - now))
    problem = problem.model_copy(update={"again_at": now + wait})
    if isinstance(error, StorageError):
        generation.meter.count("darkroom_storage_errors_total")
        if now - problem.since > ALERT_AFTER:
            await generation.alerts.notify(FailureKind.STORAGE)
    logger.info("{}: job {}, next try in {:.1f} s: {}", _UNDONE[job.status], job.id, wait, error)
    changes: dict[str, Any] = {"attempts": job.attempts + 1, "problem": problem}
    look = min(wait, UNSHOWN_SECONDS)
    if await generation.jobs.move(job, {job.status}, back_to, due=look, **changes):
        changes |= {"status": back_to, "updated_at": now}
        await generation.progress.show(job.model_copy(update=changes))


async def wait_on(generation: Generation, job: Job) -> float | None:
    """Show a job's problem while its next try is not due; return the seconds until the next poll, None if it is due."""
    again_at = job.problem and job.problem.again_at
    left = (again_at or 0) - generation.clock()
    if left <= 0:
        return None
    return min(left, await show_often(generation, job, SHOWN_SECONDS))


async def show_often(generation: Generation, job: Job, seconds: float) -> float:
    """Update the card; return the seconds until the next poll: `seconds`, or less if the card could not be edited."""
    shown = await generation.progress.show(job)
    return seconds if shown else min(seconds, UNSHOWN_SECONDS)


@asynccontextmanager
async def shown_meanwhile(generation: Generation, job: Job) -> AsyncIterator[None]:
    """Update the card while a step takes longer than a moment."""
    done = asyncio.Event()

    async def show() -> None:
        pause = _MOMENT
        while not await _happens_within(done, pause):
            await generation.progress.show(job)
            pause = _CLOCK_SECONDS

    showing = asyncio.create_task(show())
    try:
        yield
    finally:
        done.set()
        # Wait for a running edit: its order to the next one would be unknown.
        try:
            await showing
        except UNAVAILABLE as error:
            logger.warning("card was not edited: job {}: {}", job.id, type(error).__name__)


async def _happens_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
