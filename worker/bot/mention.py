"""The user's own text in a message."""

import re
from hashlib import blake2s

from aiogram import Bot
from aiogram.types import Message

from worker.bot.blank_text import is_blank


async def own_words(message: Message, text: str | None = None) -> str:
    """Return the text or caption (or the given part) without the mention of the bot; empty if nothing is visible."""
    words = text if text is not None else message.text or message.caption or ""
    if isinstance(message.bot, Bot):
        me = await message.bot.me()
        words = re.sub(rf"\s*@{me.username}\b[,:]?", "", words, flags=re.IGNORECASE)
    return "" if is_blank(words) else words.strip()


def fingerprint(message: Message) -> str:
    """Hash the text or caption, to detect an edit later."""
    words = message.text or message.caption or ""
    return blake2s(words.encode(errors="replace"), digest_size=8).hexdigest()
