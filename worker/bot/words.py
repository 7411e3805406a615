"""A person's own words in a message."""

import re
from hashlib import blake2s

from aiogram import Bot
from aiogram.types import Message


async def own_words(message: Message, text: str | None = None) -> str:
    """The text or the caption (or a part of it) without the name that calls the bot in a group."""
    words = text if text is not None else message.text or message.caption or ""
    if not isinstance(message.bot, Bot):
        return words.strip()
    me = await message.bot.me()
    return re.sub(rf"\s*@{me.username}\b[,:]?", "", words, flags=re.IGNORECASE).strip()


def fingerprint(message: Message) -> str:
    """Of its text or caption, to see later whether that was changed."""
    words = message.text or message.caption or ""
    return blake2s(words.encode(errors="replace"), digest_size=8).hexdigest()
