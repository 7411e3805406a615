"""Making a result ours: downloaded as a stream, checked to be what it claims to be, stored under its job's name."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from anyio import Path as AsyncPath
from loguru import logger

from infra.errors import FailureKind, ProviderError, StorageError
from infra.media import Clip, examine
from infra.storage import MediaKind, key_for
from worker.generation.context import Generation, backoff
from worker.generation.end import fail
from worker.generation.files import temporary
from worker.generation.lease import LEASE_SECONDS, kept
from worker.generation.naming import of_job
from worker.jobs import File, Job, Kind, Status
from worker.queue import Task

# Enough is left of the step's time (worker/main.py) for a download.
_TURN_SECONDS = 60


@of_job
async def collect(generation: Generation, job: Job) -> None:
    """Fetch every file of a finished generation, then hand the job to delivery."""
    until = generation.clock() + LEASE_SECONDS
    if await generation.jobs.move(job, {Status.COMPLETED}, Status.COLLECTING, due=until):
        with kept(generation.due, job.id, until):
            await _collect(generation, job)


async def _collect(generation: Generation, job: Job) -> None:
    await generation.progress.show(job)
    try:
        urls = enumerate(job.result_urls, start=1)
        files = await asyncio.gather(*(_fetch(generation, job, i, url) for i, url in urls))
    except (ProviderError, StorageError) as error:
        await _try_again(generation, job, error)
        return
    due = generation.clock() + generation.pace.begin_limit
    await generation.jobs.move(
        job, {Status.COLLECTING}, Status.COLLECTED, due=due, then=Task.DELIVER, files=files, tries=0
    )


async def _fetch(generation: Generation, job: Job, index: int, url: str) -> File:
    # Made as a key is made: an id that is no plain name makes none, and so no path.
    name = _key(job, index, "part").rpartition("/")[2]
    async with _turn(generation), temporary(generation.incoming / name) as path:
        await generation.fal.download_result(url, path)
        return await _store(generation, job, index, path)


@asynccontextmanager
async def _turn(generation: Generation) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_TURN_SECONDS):
            await generation.fetching.acquire()
    except TimeoutError:
        waited = "Other results are still coming in."
        raise ProviderError(FailureKind.TOO_SLOW, waited, retryable=True) from None
    try:
        yield
    finally:
        generation.fetching.release()


async def _store(generation: Generation, job: Job, index: int, path: Path) -> File:
    found, thumbnail = await examine(path)
    key = _key(job, index, found.format)
    preview = _key(job, index, "thumb.jpeg")
    async with temporary(path.with_name(f"{path.name}.thumb")) as small:
        await AsyncPath(small).write_bytes(thumbnail)
        await generation.storage.save(small, preview)
    await generation.storage.save(path, key)
    return File(
        key=key,
        content_type=found.content_type,
        size=(await AsyncPath(path).stat()).st_size,
        width=found.width,
        height=found.height,
        duration=found.duration if isinstance(found, Clip) else None,
        thumbnail=preview,
    )


def _key(job: Job, index: int, extension: str) -> str:
    folder: MediaKind = "videos" if job.request.kind is Kind.VIDEO else "images"
    return key_for(folder, job.id, index, extension, datetime.fromtimestamp(job.created_at, UTC))


async def _try_again(generation: Generation, job: Job, error: ProviderError | StorageError) -> None:
    """fal's CDN and our storage come back; a file that is not what it should be does not."""
    now = generation.clock()
    passing = isinstance(error, StorageError) or error.retryable
    if isinstance(error, StorageError):
        generation.meter.count("darkroom_storage_errors_total")
    if not passing or now > (job.deadline or now):
        await fail(generation, job, {Status.COLLECTING}, error)
        return
    logger.info("job {}: its result cannot be fetched yet: {}", job.id, error)
    due = now + backoff(job.attempts, cap=30)
    attempts = job.attempts + 1
    await generation.jobs.move(
        job, {Status.COLLECTING}, Status.COMPLETED, due=due, attempts=attempts
    )
