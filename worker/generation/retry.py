"""What a step waits out: noted with the job, shown on its card, tried again until the deadline."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from loguru import logger

from infra.errors import FailureKind, StorageError
from infra.redis.client import UNAVAILABLE
from worker.generation.context import STEP_RETRY, Generation
from worker.model import Job, Status, Trouble

#: Seconds: whoever asks us to come later is not asked for longer, for the trouble may be over before.
LONGEST_WAIT = 60
#: Seconds: a storage that is away for a moment is nobody's business.
ALERT_AFTER = 60
_UNDONE = {
    Status.PREPARING: "not prepared yet",
    Status.SUBMITTING: "not sent yet",
    Status.COLLECTING: "its result cannot be fetched yet",
}
#: Seconds between two looks at a card: one whose clock goes on, and one that could not be edited.
SHOWN_SECONDS, UNSHOWN_SECONDS = 15.0, 1.5
# Seconds: a chat takes one edit of ours in that time, and what comes of the step may need it.
_MOMENT = 1.0
# Between two looks at a card while its step takes long: the clock on it goes on.
_CLOCK_SECONDS = 5.0


def is_over(generation: Generation, job: Job) -> bool:
    """Whether the last try that the deadline leaves was made."""
    return job.deadline is not None and generation.clock() >= job.deadline


def trouble_of(
    generation: Generation, job: Job, kind: FailureKind, digest: str | None = None
) -> Trouble:
    """The trouble that a job has now; one that it had before has lasted since then."""
    before = job.trouble
    if before and (before.kind, before.digest) == (kind, digest):
        return before
    return Trouble(kind=kind, since=generation.clock(), digest=digest)


async def try_later(  # noqa: PLR0913 - each by its name
    generation: Generation,
    job: Job,
    error: Exception,
    trouble: Trouble,
    *,
    back_to: Status,
    asked: float | None = None,
) -> None:
    """Take a step back, to be begun again after a while, and show why and until when."""
    now = generation.clock()
    wait = min(STEP_RETRY.wait(job.attempts, asked=asked), LONGEST_WAIT)
    if job.deadline is not None:
        wait = max(0.0, min(wait, job.deadline - now))
    trouble = trouble.model_copy(update={"again_at": now + wait})
    if isinstance(error, StorageError):
        generation.meter.count("darkroom_storage_errors_total")
        if now - trouble.since > ALERT_AFTER:
            await generation.alerts.notify(FailureKind.STORAGE)
    logger.info("job {}: {}, again in {:.1f} s: {}", job.id, _UNDONE[job.status], wait, error)
    changes: dict[str, Any] = {"attempts": job.attempts + 1, "trouble": trouble}
    look = min(wait, UNSHOWN_SECONDS)
    if await generation.jobs.move(job, {job.status}, back_to, due=look, **changes):
        changes |= {"status": back_to, "updated_at": now}
        await generation.progress.show(job.model_copy(update=changes))


async def wait_on(generation: Generation, job: Job) -> float | None:
    """Show what a job waits out, if it is not to be tried again yet: the seconds until its next look."""
    again_at = job.trouble and job.trouble.again_at
    left = (again_at or 0) - generation.clock()
    if left <= 0:
        return None
    return min(left, await show_often(generation, job, SHOWN_SECONDS))


async def show_often(generation: Generation, job: Job, seconds: float) -> float:
    """Show a job that is looked at again in so many seconds, or soon while its card cannot be edited: these seconds."""
    shown = await generation.progress.show(job)
    return seconds if shown else min(seconds, UNSHOWN_SECONDS)


@asynccontextmanager
async def shown_meanwhile(generation: Generation, job: Job) -> AsyncIterator[None]:
    """Show a step that takes longer than a moment, and again as the clock on its card goes on."""
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
        # An edit that is on its way is waited for: nobody would know whether it came before the next one.
        try:
            await showing
        except UNAVAILABLE as error:
            logger.warning("job {}: its card was not edited: {}", job.id, type(error).__name__)


async def _happens_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
