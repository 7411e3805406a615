"""Collect a result: download it as a stream, verify its format, store it under its job's id."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from anyio import Path as AsyncPath
from loguru import logger

from infra.errors import BrokenResult, FailureKind, ProviderError, StorageError
from infra.images.inspect import Clip, examine
from infra.storage.store import MediaKind, key_for
from worker.generation.context import Generation
from worker.generation.finish import fail
from worker.generation.job_task import job_task
from worker.generation.lease import LEASE_SECONDS, hold_lease
from worker.generation.retry import is_over, problem_of, shown_meanwhile, try_later
from worker.generation.temp_files import temporary
from worker.model import File, Job, Kind, Problem, Status
from worker.queues.names import Task

type Failed = ProviderError | StorageError

# Leaves enough of the step's timeout (worker/main.py) for a download.
_SLOT_SECONDS = 60


@job_task
async def collect(generation: Generation, job: Job) -> None:
    """Fetch every file of a completed job, then enqueue its delivery."""
    until = await generation.jobs.begin(
        job, {Status.COMPLETED}, Status.COLLECTING, lease_seconds=LEASE_SECONDS
    )
    if until is not None:
        begun = {"status": Status.COLLECTING, "updated_at": generation.clock()}
        with hold_lease(generation.due, job.id, until):
            await _collect(generation, job.model_copy(update=begun))


async def _collect(generation: Generation, job: Job) -> None:
    urls = enumerate(job.result_urls, start=1)
    async with shown_meanwhile(generation, job):
        fetched = await asyncio.gather(*(_try_to_fetch(generation, job, i, url) for i, url in urls))
    files = [file for file in fetched if isinstance(file, File)]
    error = _prefer_temporary([error for error in fetched if not isinstance(error, File)])
    if error:
        await _wait_or_end(generation, job, files, error)
    else:
        await _enqueue_delivery(generation, job, files)


async def _enqueue_delivery(generation: Generation, job: Job, files: list[File]) -> None:
    due = generation.polling.begin_limit
    done: dict[str, Any] = {"files": files, "tries": 0, "problem": None}
    await generation.jobs.move(
        job, {Status.COLLECTING}, Status.COLLECTED, due=due, then=Task.DELIVER, **done
    )


async def _try_to_fetch(generation: Generation, job: Job, index: int, url: str) -> File | Failed:
    try:
        return await _fetch(generation, job, index, url)
    except (ProviderError, StorageError) as error:
        return error


async def _fetch(generation: Generation, job: Job, index: int, url: str) -> File:
    # Made like a storage key, which rejects an id that is not a plain name, so that it cannot name another path.
    name = _key(job, index, "part").rpartition("/")[2]
    async with _download_slot(generation), temporary(generation.incoming / name) as path:
        fetched = await generation.fal.download_result(url, path)
        try:
            return await _store(generation, job, index, path)
        except BrokenResult as error:
            error.digest = fetched.sha256
            raise


@asynccontextmanager
async def _download_slot(generation: Generation) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_SLOT_SECONDS):
            await generation.fetching.acquire()
    except TimeoutError:
        waited = "Other downloads are still running."
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


def _prefer_temporary(errors: Sequence[Failed]) -> Failed | None:
    """Return an error that may be temporary, else any of them."""
    return min(errors, key=lambda error: isinstance(error, BrokenResult), default=None)


async def _wait_or_end(generation: Generation, job: Job, files: list[File], error: Failed) -> None:
    """Retry until fal's CDN and our storage are available; at the deadline deliver the files that are stored.

    A broken file is fetched again, too, because a CDN may return a part of a file for a while. If the file stays the
    same, fal has made it so.
    """
    problem = problem_of(generation, job, _kind(error), getattr(error, "digest", None))
    if not is_over(generation, job) and not _is_final(generation, error, problem):
        asked = getattr(error, "retry_after", None)
        await try_later(generation, job, error, problem, back_to=Status.COMPLETED, asked=asked)
    elif files:
        logger.warning("result is incomplete: job {}, {} files: {}", job.id, len(files), error)
        await _enqueue_delivery(generation, job, files)
    else:
        ended = ProviderError(FailureKind(problem.kind), str(error))
        await fail(generation, job, {Status.COLLECTING}, ended)


def _kind(error: Failed) -> FailureKind:
    if isinstance(error, StorageError):
        return FailureKind.RESULT_UNSTORED
    broken = isinstance(error, BrokenResult)
    return FailureKind.BROKEN_RESULT if broken else FailureKind.RESULT_UNREACHABLE


def _is_final(generation: Generation, error: Failed, problem: Problem) -> bool:
    if not isinstance(error, BrokenResult):
        return False
    lasts = generation.clock() - problem.since
    return error.digest is None or lasts >= generation.polling.broken_file_timeout
