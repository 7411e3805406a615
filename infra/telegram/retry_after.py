"""Telegram's 429: how long a call waits for `retry_after`.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import asyncio
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import TelegramMethod
from loguru import logger

from infra.retry import ASKED_JITTER, add_jitter
from infra.telegram.session import Call

#: Seconds: in a conversation the bot waits out a 429; the steps of a job defer themselves instead.
FLOOD_TIMEOUT = 15


class WaitForRetryAfter:
    """Waits as long as Telegram asks, for `timeout_seconds` seconds in total; then it raises `TelegramRetryAfter`."""

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds

    async def __call__(self, make_request: Call, bot: Bot, method: TelegramMethod[Any]) -> Any:
        left = self._timeout_seconds
        while True:
            try:
                return await make_request(bot, method)
            except TelegramRetryAfter as refusal:
                left -= refusal.retry_after
                if left < 0:
                    raise
                logger.info(
                    "429 from Telegram: {} waits {} s", type(method).__name__, refusal.retry_after
                )
                await asyncio.sleep(add_jitter(refusal.retry_after, most=ASKED_JITTER))
