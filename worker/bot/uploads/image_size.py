"""Header of an image file: its size, whether we can read it, and whether it may have a transparent area.

Some models charge by the megapixel, and Telegram does not give the size of files. A file's type and name may be wrong.
"""

import asyncio
import io
import tempfile
from pathlib import Path

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiohttp import ClientError
from loguru import logger

from infra.errors import BadPicture, BrokenResult, FailureKind
from infra.images.clips import inspect_clip
from infra.images.file_format import HEAD_BYTES, sniff
from infra.images.reader import read_header
from worker.bot.draft import Draft
from worker.bot.uploads.mask_detection import marks
from worker.model import Picture

# The data before a JPEG's size (a preview, colour profiles) is rarely half as long.
_ENOUGH_BYTES = 512 * 1024
# The chat's other messages wait for this.
_SECONDS = 3
_VIDEO_SECONDS = 8


class _Enough(Exception):  # noqa: N818 - not an error: it ends the download
    """Raised when the beginning of a file has arrived."""


class _Head(io.BytesIO):
    def write(self, chunk: bytes) -> int:  # type: ignore[override]  # downloads are bytes
        written = super().write(chunk)
        if self.tell() >= _ENOUGH_BYTES:
            raise _Enough
        return written


async def measured(bot: Bot | None, draft: Draft) -> tuple[Draft, FailureKind | None]:
    """Add the sizes of the pictures and drop those that cannot be used; return also why the first of these cannot.

    A picture whose beginning does not arrive in time keeps an unknown size. Raises Unavailable if it is not clear
    whether the only picture has a transparent area.
    """
    mask = draft.mask
    given = (*draft.pictures, *([mask] if mask else []))
    if bot is None or draft.is_measured or not given:
        return draft, None
    looked_at = await asyncio.gather(*(_measured(bot, picture) for picture in given))
    usable = [each if isinstance(each, Picture) else None for each, _ in looked_at]
    flaws = [each for each, _ in looked_at if isinstance(each, FailureKind)]
    # A picture that was measured before, in an album that it is chosen from, is not inspected again.
    may_have_hole = draft.may_have_hole | {
        str(each.file_id)
        for each, may_be_transparent in looked_at
        if isinstance(each, Picture) and may_be_transparent
    }
    found = {
        "pictures": tuple(picture for picture in usable[: len(draft.pictures)] if picture),
        "mask": mask if usable[-1] else None,
        "may_have_hole": may_have_hole,
        "is_measured": True,
    }
    first, *others = usable
    if first and first.file_id in may_have_hole and not others:
        found["has_hole"] = await marks(bot, first.file_id, first.file_id)
    return draft.model_copy(update=found), next(iter(flaws), None)


async def _measured_video(bot: Bot, picture: Picture) -> Picture | FailureKind:
    """Download the video, because its length may be written at its end; it has at most 20 MB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "video")
        try:
            async with asyncio.timeout(_VIDEO_SECONDS):
                await bot.download(str(picture.file_id), path)
                found = await inspect_clip(path)
        except (AiogramError, ClientError, OSError) as error:
            logger.info("failed to measure a video: {}", type(error).__name__)
            return picture
        except BadPicture as error:
            return error.kind
    return picture.sized(found.width, found.height).lasting(found.duration, found.frames)


async def _measured(bot: Bot, picture: Picture) -> tuple[Picture | FailureKind, bool]:
    """Return the picture, or why it cannot be used, and whether it may be transparent."""
    if not picture.file_id or picture.frames or (picture.pixels and not picture.is_video):
        return picture, False
    if picture.is_video:
        return await _measured_video(bot, picture), False
    head = _Head()
    try:
        async with asyncio.timeout(_SECONDS):
            await bot.download(picture.file_id, head)
    except _Enough:
        pass
    except (AiogramError, ClientError, OSError) as error:
        logger.info("failed to measure a file: {}", type(error).__name__)
        return picture, True
    try:
        sniff(head.getvalue()[:HEAD_BYTES])
    except BrokenResult as error:
        return error.flaw, False
    head.seek(0)
    try:
        header = read_header(head)
    except BrokenResult as error:
        # With another flaw, the rest of the file may be needed.
        is_certain = error.flaw in (FailureKind.PICTURE_FORMAT, FailureKind.PICTURE_TOO_LARGE)
        return error.flaw if is_certain else picture, False
    return picture.sized(header.width, header.height), header.may_be_transparent
