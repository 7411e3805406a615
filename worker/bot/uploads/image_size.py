"""Header of an image file: its size, whether we can read it, and whether it may have a transparent area.

Some models charge by the megapixel, and Telegram does not give the size of files. A file's type and name may be wrong.
"""

import asyncio
import io

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiohttp import ClientError
from loguru import logger

from infra.errors import BrokenResult, FailureKind
from infra.images.reader import read_header
from worker.bot.draft import Draft
from worker.bot.uploads.mask_detection import marks
from worker.model import Picture

# The data before a JPEG's size (a preview, colour profiles) is rarely half as long.
_HEAD_BYTES = 512 * 1024
# The chat's other messages wait for this.
_SECONDS = 3


class _Enough(Exception):  # noqa: N818 - not an error: it ends the download
    """Raised when the beginning of a file has arrived."""


class _Head(io.BytesIO):
    def write(self, chunk: bytes) -> int:  # type: ignore[override]  # downloads are bytes
        written = super().write(chunk)
        if self.tell() >= _HEAD_BYTES:
            raise _Enough
        return written


async def measured(bot: Bot | None, draft: Draft) -> Draft:
    """Add the sizes of the pictures, and drop those of a format that we cannot read.

    A picture whose beginning does not arrive in time keeps an unknown size. Raises Away if it cannot be determined
    whether the only picture has a transparent area.
    """
    mask = draft.mask
    given = (*draft.pictures, *([mask] if mask else []))
    if bot is None or draft.is_measured or not given:
        return draft
    looked_at = await asyncio.gather(*(_measured(bot, picture) for picture in given))
    readable = [picture for picture, _ in looked_at]
    pictures = tuple(picture for picture in readable[: len(draft.pictures)] if picture)
    # A picture that was measured before, in an album that it is chosen from, is not inspected again.
    may_have_hole = draft.may_have_hole | {
        str(picture.file_id)
        for picture, may_be_transparent in looked_at
        if picture and may_be_transparent
    }
    found = {
        "pictures": pictures,
        "mask": mask if readable[-1] else None,
        "may_have_hole": may_have_hole,
        "is_measured": True,
    }
    first, *others = readable
    if first and first.file_id in may_have_hole and not others:
        found["has_hole"] = await marks(bot, first.file_id, first.file_id)
    return draft.model_copy(update=found)


async def _measured(bot: Bot, picture: Picture) -> tuple[Picture | None, bool]:
    """Return the picture, None if its format cannot be read, and whether it may be transparent."""
    if picture.pixels or not picture.file_id:
        return picture, False
    head = _Head()
    try:
        async with asyncio.timeout(_SECONDS):
            await bot.download(picture.file_id, head)
    except _Enough:
        pass
    except (AiogramError, ClientError, OSError) as error:
        logger.info("failed to measure a file: {}", type(error).__name__)
        return picture, True
    head.seek(0)
    try:
        header = read_header(head)
    except BrokenResult as error:
        return None if error.flaw is FailureKind.PICTURE_FORMAT else picture, False
    return picture.sized(header.width, header.height), header.may_be_transparent
