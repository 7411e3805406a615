"""What a job starts from, brought to where fal finds it: fetched, checked, made fit, kept, handed over.

Nothing is paid here: whatever is in trouble is tried again until the deadline, and whoever dies is followed by another.
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
from worker.generation.retry import is_over, shown_meanwhile, trouble_of, try_later
from worker.generation.temp_files import temporary
from worker.model import Job, Picture, Status
from worker.queues.names import Task

type Failed = ProviderError | StorageError | TelegramError | TelegramUnreachable

# So often is looked for a file that may be out of reach for a moment only.
_LOOKS_FOR_GONE = 3


def needs_preparing(generation: Generation, job: Job) -> bool:
    """Also when it was prepared to be fetched from us, and public_url was taken away since."""
    is_found = job.inputs and (generation.links or job.picture_urls)
    return bool(job.request.pictures) and not is_found


async def prepare(generation: Generation, job: Job) -> None:
    """Prepare a created job, then let it be submitted; whoever comes second finds it being prepared."""
    now = generation.clock()
    # Nothing is paid yet, and a disk that has filled up or a Telegram that is away may take as long to come back.
    deadline = job.deadline or now + generation.polling.collect_patience
    until = await generation.jobs.begin(
        job, {Status.CREATED}, Status.PREPARING, lease_seconds=LEASE_SECONDS, deadline=deadline
    )
    if until is not None:
        with hold_lease(generation.due, job.id, until):
            begun = {"status": Status.PREPARING, "deadline": deadline, "updated_at": now}
            await _prepare(generation, job.model_copy(update=begun))


async def _prepare(generation: Generation, job: Job) -> None:
    try:
        async with shown_meanwhile(generation, job):
            inputs, urls = await _bring(generation, job)
    except (ProviderError, StorageError, TelegramError, TelegramUnreachable) as error:
        await _wait_or_end(generation, job, error)
    except ValueError as error:
        refused = ProviderError(FailureKind.BAD_INPUT, str(error))
        await fail(generation, job, {Status.PREPARING}, refused)
    else:
        await _hand_on(generation, job, inputs, urls)


async def _hand_on(generation: Generation, job: Job, inputs: list[str], urls: list[str]) -> None:
    with_mask = bool(urls) and job.request.mask is not None
    await generation.jobs.move(
        job,
        {Status.PREPARING},
        Status.CREATED,
        due=generation.polling.begin_limit,
        then=Task.SUBMIT,
        inputs=inputs,
        picture_urls=urls[:-1] if with_mask else urls,
        mask_url=urls[-1] if with_mask else None,
        # What was waited for here is not taken from fal's time.
        deadline=None,
        attempts=0,
        tries=0,
        trouble=None,
    )


async def _bring(generation: Generation, job: Job) -> tuple[list[str], list[str]]:
    """The keys of what was made fit, and where fal finds it: nowhere yet, if addresses of ours are to be signed."""
    row = model(job.request.model)
    row.check_pictures(len(job.request.pictures), with_mask=job.request.mask is not None)
    async with AsyncExitStack() as stack:
        paths = [
            await stack.enter_async_context(temporary(generation.incoming / _name(job, index)))
            for index in range(1, len(job.request.pictures) + 2)
        ]
        fits = await _make_all_fit(generation, job, row, paths)
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


async def _make_all_fit(
    generation: Generation, job: Job, row: Model, paths: list[Path]
) -> list[Fit]:
    """Each picture at its path, the mask at the last one."""
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
            f"Enlarged {scale} times it would have {pixels / 1_000_000:.0f} megapixels;"
            f" up to {MAX_PIXELS // 1_000_000} pass.",
        )


def _key(job: Job, index: int, extension: str) -> str:
    return key_for("inputs", job.id, index, extension, datetime.fromtimestamp(job.created_at, UTC))


def _name(job: Job, index: int) -> str:
    # Made as a key is made: an id that is no plain name makes none, and so no path.
    return _key(job, index, "given").rpartition("/")[2]


async def _wait_or_end(generation: Generation, job: Job, error: Failed) -> None:
    """Telegram, our storage and fal come back; a picture that is none does not."""
    if not _may_pass(job, error) or is_over(generation, job):
        await fail(generation, job, {Status.PREPARING}, _in_the_end(error))
        return
    trouble = trouble_of(generation, job, _kind(error))
    asked = _asked_wait(error)
    await try_later(generation, job, error, trouble, back_to=Status.CREATED, asked=asked)


def _may_pass(job: Job, error: Failed) -> bool:
    if isinstance(error, BadPicture):
        return error.retryable and job.attempts + 1 < _LOOKS_FOR_GONE
    return not isinstance(error, ProviderError) or error.retryable


def _in_the_end(error: Failed) -> Failed:
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


def _asked_wait(error: Failed) -> float | None:
    return None if isinstance(error, StorageError | TelegramUnreachable) else error.retry_after
