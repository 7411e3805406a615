"""Prepare a job's input images: fetch, check, normalize, store and upload them.

Nothing is paid here: problems are retried until the deadline, and a crashed step starts again.
"""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from anyio import Path as AsyncPath

from infra.errors import BadPicture, FailureKind, NotStored, ProviderError, StorageError
from infra.fal.model import Model
from infra.fal.models_map import model
from infra.images.inspect import Picture as Fit
from infra.images.masks import fit_mask
from infra.images.normalize import count_pixels, make_fit
from infra.images.reader import MAX_PIXELS
from infra.storage.store import key_for
from infra.telegram.errors import TelegramError, TelegramUnreachable
from worker.generation.context import Generation
from worker.generation.finish import fail
from worker.generation.lease import LEASE_SECONDS, hold_lease
from worker.generation.retry import is_over, problem_of, shown_meanwhile, try_later
from worker.generation.temp_files import temporary
from worker.model import WAITING, Job, Picture, Status
from worker.queues.names import Task

type Failed = ProviderError | StorageError | TelegramError | TelegramUnreachable

# Tries for a file that may be unavailable for a moment only.
_MAX_DOWNLOADS = 3


def needs_preparing(generation: Generation, job: Job) -> bool:
    """Return whether inputs must be prepared; again if fal was to fetch them from us and public_url was removed."""
    is_found = job.inputs and (generation.links or job.picture_urls)
    return bool(job.request.pictures) and not is_found


async def prepare(generation: Generation, job: Job) -> None:
    """Prepare a created job, then enqueue its submit; a second run finds it in preparation and stops."""
    now = generation.clock()
    # Nothing is paid yet, and a full disk or an outage of Telegram may last this long.
    deadline = job.deadline or now + generation.polling.collect_timeout
    until = await generation.jobs.begin(
        job, WAITING, Status.PREPARING, lease_seconds=LEASE_SECONDS, deadline=deadline
    )
    if until is not None:
        with hold_lease(generation.due, job.id, until):
            begun = {"status": Status.PREPARING, "deadline": deadline, "updated_at": now}
            await _prepare(generation, job.model_copy(update=begun))


async def _prepare(generation: Generation, job: Job) -> None:
    try:
        async with shown_meanwhile(generation, job):
            inputs, urls = await _store_inputs(generation, job)
    except (ProviderError, StorageError, TelegramError, TelegramUnreachable) as error:
        await _wait_or_end(generation, job, error)
    except ValueError as error:
        refused = ProviderError(FailureKind.BAD_INPUT, str(error))
        await fail(generation, job, {Status.PREPARING}, refused)
    else:
        await _enqueue_submit(generation, job, inputs, urls)


async def _enqueue_submit(
    generation: Generation, job: Job, inputs: list[str], urls: list[str]
) -> None:
    with_mask = bool(urls) and job.request.mask is not None
    await generation.jobs.move(
        job,
        {Status.PREPARING},
        Status.PREPARED,
        due=generation.polling.begin_limit,
        then=Task.SUBMIT,
        inputs=inputs,
        picture_urls=urls[:-1] if with_mask else urls,
        mask_url=urls[-1] if with_mask else None,
        # This wait does not count against fal's time.
        deadline=None,
        attempts=0,
        tries=0,
        problem=None,
    )


async def _store_inputs(generation: Generation, job: Job) -> tuple[list[str], list[str]]:
    """Return the keys of the normalized inputs and their URLs at fal; no URLs if ours are signed at the submit."""
    row = model(job.request.model)
    row.check_pictures(len(job.request.pictures), with_mask=job.request.mask is not None)
    async with AsyncExitStack() as stack:
        paths = [
            await stack.enter_async_context(temporary(generation.incoming / _name(job, index)))
            for index in range(1, len(job.request.pictures) + 2)
        ]
        fits = await _normalize_all(generation, job, row, paths)
        keys = [_key(job, index, fit.format) for index, fit in enumerate(fits, start=1)]
        await generation.jobs.update_fields(job.id, input_keys=keys)
        await asyncio.gather(*map(generation.storage.save, paths, keys))
        if generation.links:
            return keys, []
        urls = (
            generation.fal.upload(path, fit.content_type)
            for path, fit in zip(paths, fits, strict=False)
        )
        return keys, await asyncio.gather(*urls)


async def _normalize_all(
    generation: Generation, job: Job, row: Model, paths: list[Path]
) -> list[Fit]:
    """Fetch and normalize each image at its path, the mask at the last one."""
    fits = []
    for picture, path in zip(job.request.pictures, paths, strict=False):
        await _fetch(generation, picture, path)
        await _check_enlarged(job, path)
        fits.append(await make_fit(path, path, row.bounds))
    if job.request.mask:
        await _fetch(generation, job.request.mask, paths[-1])
        itself = job.request.marks_itself
        fits.append(await fit_mask(paths[0], paths[-1], paths[-1], is_itself=itself))
    return fits


async def _fetch(generation: Generation, picture: Picture, path: Path) -> None:
    if picture.file_id:
        await generation.telegram_files.download(picture.file_id, path)
        return
    try:
        async with await AsyncPath(path).open("wb") as file:
            async for chunk in generation.storage.read(picture.key or ""):
                await file.write(chunk)
    except NotStored:
        raise BadPicture(
            FailureKind.PICTURE_GONE, "The image is not kept any more: send it again."
        ) from None


async def _check_enlarged(job: Job, path: Path) -> None:
    scale = int(job.request.options.get("scale", 1))
    if scale == 1:
        return
    pixels = await count_pixels(path) * scale**2
    if pixels > MAX_PIXELS:
        raise BadPicture(
            FailureKind.ENLARGED_TOO_LARGE,
            f"Upscaled {scale} times, the image would have {pixels / 1_000_000:.0f} megapixels;"
            f" the limit is {MAX_PIXELS // 1_000_000}.",
        )


def _key(job: Job, index: int, extension: str) -> str:
    return key_for("inputs", job.id, index, extension, datetime.fromtimestamp(job.created_at, UTC))


def _name(job: Job, index: int) -> str:
    # Made like a storage key, which rejects an id that is not a plain name, so that it cannot name another path.
    return _key(job, index, "given").rpartition("/")[2]


async def _wait_or_end(generation: Generation, job: Job, error: Failed) -> None:
    """Retry after problems at Telegram, the storage or fal; fail for an invalid image."""
    if not _may_pass(job, error) or is_over(generation, job):
        await fail(generation, job, {Status.PREPARING}, _final_error(error))
        return
    problem = problem_of(generation, job, _kind(error))
    asked = _requested_wait(error)
    await try_later(generation, job, error, problem, back_to=Status.CREATED, asked=asked)


def _may_pass(job: Job, error: Failed) -> bool:
    if isinstance(error, BadPicture):
        return error.retryable and job.attempts + 1 < _MAX_DOWNLOADS
    return not isinstance(error, ProviderError) or error.retryable


def _final_error(error: Failed) -> Failed:
    if isinstance(error, TelegramError | TelegramUnreachable):
        return BadPicture(FailureKind.PICTURE_GONE, str(error))
    return error


def _kind(error: Failed) -> FailureKind:
    match error:
        case ProviderError():
            return error.kind
        case StorageError():
            return FailureKind.STORAGE
        case _:
            return FailureKind.PICTURE_GONE


def _requested_wait(error: Failed) -> float | None:
    return None if isinstance(error, StorageError | TelegramUnreachable) else error.retry_after
