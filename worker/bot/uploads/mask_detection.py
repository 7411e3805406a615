"""Detection of masks: a transparent area marks what to repaint, in the file itself or in another image."""

import asyncio
import tempfile
from pathlib import Path

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import Message
from aiohttp import ClientError
from loguru import logger

from infra.images import masks
from infra.telegram.outcomes import Unavailable, outcome_of

# A photo or a declared JPEG is never transparent; for other files the content decides.
_NEVER = frozenset({"image/jpeg", "image/jpg", "image/pjpeg"})
# The chat's other messages wait for this.
_SECONDS = 8


def possible_mask(message: Message) -> str | None:
    """Return the id of the message's file if its type can be transparent."""
    document = message.document
    return document.file_id if document and document.mime_type not in _NEVER else None


async def marks(bot: Bot | None, mask_id: str, picture_id: str) -> bool:
    """Tell whether one Telegram file masks another; False if a file does not arrive in time.

    Raises Unavailable.
    """
    if bot is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        mask, picture = Path(folder) / "mask", Path(folder) / "picture"
        wanted = {picture_id: picture, mask_id: mask}
        try:
            async with asyncio.timeout(_SECONDS):
                await asyncio.gather(*(bot.download(file, at) for file, at in wanted.items()))
        except AiogramError as error:
            outcome = outcome_of(error)
            if isinstance(outcome, Unavailable):
                raise outcome from error
            logger.info("failed to check a file for a mask: {}", outcome)
            return False
        except ClientError as error:
            raise Unavailable("network", type(error).__name__, ambiguous=False) from error
        except TimeoutError:
            logger.info("failed to check a file for a mask: download timed out")
            return False
        return await masks.marks(mask, wanted[picture_id])
