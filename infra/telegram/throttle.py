"""The throttle of a bot: token buckets in Redis, which all processes share, so that Telegram refuses no message (429).

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: edits count like messages, each file of
an album counts, and answers to presses, chat actions and deletions do not (https://github.com/tdlib/td/issues/2592,
https://github.com/tdlib/telegram-bot-api/issues/648).
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramRetryAfter
from aiogram.methods import CopyMessages, ForwardMessages, SendMediaGroup, TelegramMethod
from arq.connections import ArqRedis
from loguru import logger

from infra.observability.metrics import Meter
from infra.redis.client import UNAVAILABLE, time_limit
from infra.redis.script import Key, lua_script
from infra.telegram.session import Call

BOT_KEY, REFUSED_KEY = "darkroom:telegram-bucket", "darkroom:telegram-refused"

#: Milliseconds that a message waits in its process for each bucket. A longer wait is a deferred task.
PATIENCE_MS = 1000
#: Milliseconds between two edits of job messages in a chat, and in a group.
EDIT_MS = 1000
GROUP_EDIT_MS = 3000
#: Milliseconds: the longest time for which a place in a queue is kept, in case nobody comes for it.
LONGEST_QUEUE_MS = 60_000
#: Milliseconds of a group's limit, with the time that a message may need to Telegram.
WINDOW_MS = 61_000

# Messages at once, in seconds of the rate, and the part of the bot's rate that is used: messages that left one after
# the other may arrive together.
_BOT_BURST, _CHAT_BURST, _BOT_SHARE = 1 / 3, 6, 0.95
# Seconds for one script, and without the throttle after Redis did not answer.
_REDIS_SECONDS, _WITHOUT_SECONDS = 3, 3

_MESSAGES = ("send", "edit", "copy", "forward")
_FREE = {"sendChatAction", "sendMessageDraft", "sendRichMessageDraft"}

#: Whether the tokens of the next message are already taken.
_paid: ContextVar["list[bool] | None"] = ContextVar("paid", default=None)


class TokenOutcome(IntEnum):
    REFUSED = 0
    TAKEN = 1
    WAIT_FOR_CHAT = 2


@dataclass(frozen=True, kw_only=True)
class MessageRates:
    """Telegram's rates; a group's applies besides that of each chat."""

    per_second: float = 30
    chat_per_second: float = 1
    group_per_minute: int = 20


class ThrottledError(AiogramError):
    """The bot's own rates do not allow this message yet: retry after these seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Telegram's rates allow the message in {seconds:g} s")
        self.seconds = seconds


class Throttle:
    """Middleware of a bot: waits for the tokens of each message. Raises ThrottledError if that would take too long.

    While Redis is not available, messages are sent without tokens.
    """

    def __init__(
        self, redis: ArqRedis, rates: MessageRates | None = None, meter: Meter | None = None
    ) -> None:
        self._redis = redis
        self._meter = meter or Meter()
        rates = rates or MessageRates()
        self._group_messages = rates.group_per_minute
        self._buckets: dict[str, float] = {
            "bot_interval": 1000 / (rates.per_second * _BOT_SHARE),
            "bot_burst": max(1, int(rates.per_second * _BOT_BURST)),
            "chat_interval": 1000 / rates.chat_per_second,
            "chat_burst": max(1, int(rates.chat_per_second * _CHAT_BURST)),
        }
        self._no_redis_until = 0.0
        self._no_spare_until = 0.0

    async def __call__(self, make_request: Call, bot: Bot, method: TelegramMethod[Any]) -> Any:
        messages = count_messages(method)
        if not messages:
            return await make_request(bot, method)
        chat = getattr(method, "chat_id", None)
        if paid := _paid.get():
            paid.pop()
        else:
            await self._wait(chat, messages)
        try:
            return await make_request(bot, method)
        except TelegramRetryAfter as refusal:
            if not await self._pause(chat, refusal.retry_after):
                raise
        await self._wait(chat, messages)
        try:
            return await make_request(bot, method)
        except TelegramRetryAfter as refusal:
            await self._pause(chat, refusal.retry_after)
            raise

    async def take_spare(self, chat_id: int) -> float:
        """Take the token of a message that can wait; return 0, or the seconds until it may be possible."""
        if (left := self._no_spare_until - time.monotonic()) > 0:
            return left
        outcome, wait_ms = await self._take(chat_id, 1, is_spare=True)
        return wait_ms / 1000 if outcome == TokenOutcome.REFUSED else 0.0

    def pause_spare(self, seconds: float) -> None:
        """Take no token for a message that can wait, in this process: Telegram is not available."""
        self._no_spare_until = time.monotonic() + seconds

    async def _wait(self, chat: int | str | None, messages: int) -> None:
        # A message without a chat is inline: only the bot's bucket applies.
        is_paid, is_delayed, begun = chat is None, False, time.perf_counter()
        while True:
            outcome, wait_ms = await self._take(chat, messages, is_paid=is_paid)
            if outcome == TokenOutcome.REFUSED:
                self._meter.count("darkroom_telegram_deferred_total")
                raise ThrottledError(wait_ms / 1000)
            if wait_ms:
                await asyncio.sleep(wait_ms / 1000)
                is_delayed = True
            if outcome == TokenOutcome.TAKEN:
                break
            is_paid = True
        if is_delayed:
            waited = time.perf_counter() - begun
            self._meter.observe("darkroom_telegram_throttle_seconds", waited)

    async def _take(
        self,
        chat: int | str | None,
        messages: int,
        *,
        is_paid: bool = False,
        is_spare: bool = False,
    ) -> tuple[int, int]:
        if time.monotonic() < self._no_redis_until:
            return TokenOutcome.TAKEN, 0
        try:
            async with time_limit(_REDIS_SECONDS):
                outcome, wait_ms = await take_tokens(
                    self._redis,
                    bot=BOT_KEY,
                    chat=chat_key(chat),
                    messages=messages,
                    is_paid=is_paid,
                    is_spare=is_spare,
                    **self._limits(chat),
                )
        except UNAVAILABLE as error:
            self._without_redis(error)
            return TokenOutcome.TAKEN, 0
        return outcome, wait_ms

    async def _pause(self, chat: int | str | None, seconds: float) -> bool:
        """Keep all processes from sending to a chat; return whether they know it."""
        logger.warning("429 from Telegram: messages wait {} s", seconds)
        try:
            async with time_limit(_REDIS_SECONDS):
                await pause_sends(
                    self._redis,
                    bot=BOT_KEY,
                    chat=chat_key(chat),
                    refused=REFUSED_KEY,
                    wait_ms=int(max(1.0, seconds) * 1000),
                    **self._limits(chat),
                )
        except UNAVAILABLE as error:
            self._without_redis(error)
            return False
        return True

    def _limits(self, chat: int | str | None) -> dict[str, Any]:
        # A chat that is named instead of numbered is a channel or a group.
        is_group = not isinstance(chat, int) or chat < 0
        in_group = self._group_messages if is_group and chat is not None else 0
        return self._buckets | {"group_messages": in_group}

    def _without_redis(self, error: Exception) -> None:
        logger.warning("Redis is unavailable: messages are not throttled: {}", type(error).__name__)
        self._no_redis_until = time.monotonic() + _WITHOUT_SECONDS


@contextmanager
def paid() -> Iterator[None]:
    """Send the next message of this context without tokens: `take_spare` has taken them."""
    token = _paid.set([True])
    try:
        yield
    finally:
        _paid.reset(token)


def count_messages(method: TelegramMethod[Any]) -> int:
    """Return how many messages a call counts as in Telegram's rates."""
    name = method.__api_method__
    if not name.startswith(_MESSAGES) or name in _FREE:
        return 0
    if isinstance(method, CopyMessages | ForwardMessages):
        return len(method.message_ids)
    return len(method.media) if isinstance(method, SendMediaGroup) else 1


def chat_key(chat: int | str | None) -> str:
    return f"darkroom:telegram-bucket:{chat}"


@lua_script
async def take_tokens(  # noqa: PLR0913 - the values of a script
    redis: ArqRedis,
    *,
    bot: Key,
    chat: Key,
    messages: int,
    is_paid: bool,
    is_spare: bool,
    bot_interval: float,
    bot_burst: int,
    chat_interval: float,
    chat_burst: int,
    group_messages: int,
) -> Any: ...


@lua_script
async def pause_sends(  # noqa: PLR0913 - the values of a script
    redis: ArqRedis,
    *,
    bot: Key,
    chat: Key,
    refused: Key,
    wait_ms: int,
    bot_interval: float,
    bot_burst: int,
    chat_interval: float,
    chat_burst: int,
    group_messages: int,
) -> None: ...
