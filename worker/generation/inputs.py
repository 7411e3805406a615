"""Input images and videos of a job: fetch, check, normalize, store and upload them."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from anyio import Path as AsyncPath

from infra.errors import BadPicture, FailureKind, NotStored
from infra.fal.client import FalClient
from infra.fal.model import Model
from infra.fal.models.catalogue import model
from infra.images.clips import can_grow, fit_clip
from infra.images.inspect import Clip, ImageInfo
from infra.images.masks import draw_mask, fit_mask
from infra.images.normalize import count_pixels, make_fit
from infra.images.outpaint import DEFAULT_SIZE, margins, reduced
from infra.images.reader import MAX_PIXELS
from infra.storage.file_urls import Links
from infra.storage.store import Storage, key_for
from infra.telegram.files import TelegramFiles
from worker.generation.temp_files import temporary
from worker.jobs.store import JobStore
from worker.model import Job, Picture


@dataclass(frozen=True, slots=True)
class Prepared:
    """The keys of the normalized inputs, the mask last, their URLs at fal, and the images with their sizes.

    There are no URLs if ours are signed at the submit.
    """

    keys: list[str]
    urls: list[str]
    pictures: tuple[Picture, ...]


class InputImages:
    def __init__(  # noqa: PLR0913, PLR0917 - where images come from and go to
        self,
        jobs: JobStore,
        telegram_files: TelegramFiles,
        storage: Storage,
        links: Links | None,
        fal: FalClient,
        incoming: Path,
    ) -> None:
        self._jobs = jobs
        self._telegram_files = telegram_files
        self._storage = storage
        self._links = links
        self._fal = fal
        self._incoming = incoming

    async def prepare(self, job: Job) -> Prepared:
        """Raises ValueError if the model takes other inputs."""
        request, row = job.request, model(job.request.model)
        row.check_pictures(len(request.pictures), with_mask=request.mask is not None)
        made = datetime.fromtimestamp(job.created_at, UTC)
        async with AsyncExitStack() as stack:
            paths = []
            for index in range(1, len(request.pictures) + 2):
                # A storage key rejects an id that is not a plain name, so that it cannot name another path.
                name = key_for("inputs", job.id, index, "given", made).rpartition("/")[2]
                paths.append(await stack.enter_async_context(temporary(self._incoming / name)))
            fits: list[ImageInfo | Clip] = []
            for picture, path in zip(request.pictures, paths, strict=False):
                await self._fetch(picture, path)
                fits.append(
                    await fit_video(job, path, row)
                    if row.video_field
                    else await fit_picture(job, path, row)
                )
            if request.mask and request.mask.boxes:
                parts = [box.shares for box in request.mask.boxes]
                fits.append(await draw_mask((fits[0].width, fits[0].height), parts, paths[-1]))
            elif request.mask:
                await self._fetch(request.mask, paths[-1])
                itself = request.marks_itself
                fits.append(await fit_mask(paths[0], paths[-1], paths[-1], is_itself=itself))
            keys = [
                key_for("inputs", job.id, index, fit.format, made)
                for index, fit in enumerate(fits, start=1)
            ]
            await self._jobs.update_fields(job.id, input_keys=keys)
            await asyncio.gather(*map(self._storage.save, paths, keys))
            sized = tuple(map(with_measures, request.pictures, fits))
            if self._links:
                return Prepared(keys, [], sized)
            uploads = zip(paths, fits, strict=False)
            urls = (self._fal.upload(path, fit.content_type) for path, fit in uploads)
            return Prepared(keys, await asyncio.gather(*urls), sized)

    async def _fetch(self, picture: Picture, path: Path) -> None:
        if picture.file_id:
            await self._telegram_files.download(picture.file_id, path)
            return
        try:
            async with await AsyncPath(path).open("wb") as file:
                async for chunk in self._storage.read(picture.key or ""):
                    await file.write(chunk)
        except NotStored:
            raise BadPicture(
                FailureKind.PICTURE_GONE, "The image is not kept any more: send it again."
            ) from None


async def fit_picture(job: Job, path: Path, row: Model) -> ImageInfo:
    """Convert an image in place, within the limits of the model and of what it makes. Raises BadPicture."""
    await check_upscaled_size(job, path)
    fit = await make_fit(path, path, row.bounds)
    if not row.max_margin:
        return fit
    size = str(job.request.options.get("size", DEFAULT_SIZE))
    if margins(size, fit.width, fit.height) is None:
        raise BadPicture(FailureKind.PICTURE_HAS_FORMAT, "The image has this format already.")
    width, height = reduced(size, fit.width, fit.height, row.max_margin)
    if width == fit.width:
        return fit
    return await make_fit(path, path, replace(row.bounds, max_side=max(width, height)))


async def fit_video(job: Job, path: Path, row: Model) -> Clip:
    """Copy a video in place, without its metadata. Raises BadPicture."""
    copy = path.with_name(f"{path.name}.copy")
    async with temporary(copy):
        clip = await fit_clip(path, copy, row.clip_bounds)
        await AsyncPath(copy).replace(path)
    scale = int(job.request.options.get("scale", 1))
    if not can_grow(clip.width * clip.height, scale):
        raise BadPicture(
            FailureKind.VIDEO_TOO_LARGE,
            f"Upscaled {scale} times, the video would be larger than 4K.",
        )
    return clip


def with_measures(picture: Picture, fit: ImageInfo | Clip) -> Picture:
    sized = picture.sized(fit.width, fit.height)
    return sized.lasting(fit.duration, fit.frames) if isinstance(fit, Clip) else sized


async def check_upscaled_size(job: Job, path: Path) -> None:
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
