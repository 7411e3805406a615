"""A picture that says by itself what to repaint: with a transparent place."""

import asyncio
import tempfile
from pathlib import Path

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import Message
from aiohttp import ClientError
from loguru import logger

from infra import masks

# A photo is never transparent.
_MAY_BE = frozenset({"image/png", "image/webp"})
# The chat's other messages wait meanwhile.
_SECONDS = 8


async def marks_itself(message: Message) -> bool:
    """Fetches the file to see; one that does not come in time is taken for an ordinary picture."""
    document, bot = message.document, message.bot
    if document is None or document.mime_type not in _MAY_BE or not isinstance(bot, Bot):
        return False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        try:
            async with asyncio.timeout(_SECONDS):
                await bot.download(document, path)
        except (TelegramAPIError, ClientError, TimeoutError) as error:
            logger.info("a file was not looked at: {}", type(error).__name__)
            return False
        return await masks.marks_itself(path)
