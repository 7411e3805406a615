"""A file that says what to repaint: with a transparent place, of itself or of the picture beside it."""

import asyncio
import tempfile
from pathlib import Path

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import Message
from aiohttp import ClientError
from loguru import logger

from infra.images import masks
from infra.telegram.outcomes import Away, outcome_of

# A photo is never transparent, nor is what calls itself a JPEG; the content of all else decides.
_NEVER = frozenset({"image/jpeg", "image/jpg", "image/pjpeg"})
# The chat's other messages wait meanwhile.
_SECONDS = 8


def possible_mask(message: Message) -> str | None:
    """The id of a message's file, if it is of a kind that can be transparent."""
    document = message.document
    return document.file_id if document and document.mime_type not in _NEVER else None


async def marks(bot: Bot | None, mask_id: str, picture_id: str) -> bool:
    """Whether one of Telegram's files says what to repaint of another; one that does not come in time says nothing.

    Raises Away.
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
            if isinstance(outcome, Away):
                raise outcome from error
            logger.info("a file was not looked at: {}", outcome)
            return False
        except ClientError as error:
            raise Away("network", type(error).__name__, ambiguous=False) from error
        except TimeoutError:
            logger.info("a file was not looked at: it did not come in time")
            return False
        return await masks.marks(mask, wanted[picture_id])
