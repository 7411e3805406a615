"""A press that starts something starts it once, though an impatient finger presses twice."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, TelegramObject
from arq.connections import ArqRedis

from infra.redis import acquire
from worker.bot.visitor import Visitor

REPEATED_WITHIN_SECONDS = 10


class Once(BaseMiddleware):
    """Answers the second of two equal presses without handling it; one that is handed over again is the first."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        visitor: Visitor = data["visitor"]
        if isinstance(event, CallbackQuery) and await _is_repeated(event, data["redis"]):
            return await event.answer(visitor.say.plain("already-pressed"))
        return await handler(event, data)


async def _is_repeated(press: CallbackQuery, redis: ArqRedis) -> bool:
    message = press.message
    place = f"{message.chat.id}:{message.message_id}" if message else press.inline_message_id
    key = f"darkroom:pressed:{press.from_user.id}:{place}:{press.data}"
    return not await acquire(redis, key, press.id, REPEATED_WITHIN_SECONDS)
