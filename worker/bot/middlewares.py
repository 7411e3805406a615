"""What every update passes before a handler sees it: the allowlist, then who writes and in which language."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiogram import BaseMiddleware
from aiogram.enums import ChatType
from aiogram.types import TelegramObject, Update, User
from arq.connections import ArqRedis

from infra.settings import Settings
from worker.bot.texts import Phrases, Texts, telegram_language
from worker.bot.visitor import Visitor
from worker.people import PersonStore

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]

REFUSAL_SECONDS = 3600


class Allowlist(BaseMiddleware):
    """Lets the team in; anybody else gets one polite refusal an hour, with the id that an admin needs."""

    def __init__(self, settings: Settings, redis: ArqRedis, texts: Texts) -> None:
        self._settings = settings
        self._redis = redis
        self._texts = texts

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        user: User | None = data.get("event_from_user")
        if user is None or user.is_bot or not isinstance(event, Update):
            return None
        if self._settings.is_allowed(user.id):
            return await handler(event, data)
        return await self._refuse(event, user)

    async def _refuse(self, update: Update, user: User) -> None:
        say = self._texts.speaking(telegram_language(user.language_code))
        if update.callback_query:
            text = say.plain("refusal-alert", id=str(user.id))
            await update.callback_query.answer(text, show_alert=True)
        elif update.message and update.message.chat.type == ChatType.PRIVATE:
            await self._refuse_once(update, say, user)

    async def _refuse_once(self, update: Update, say: Phrases, user: User) -> None:
        key = f"darkroom:refused:{user.id}"
        if update.message and await self._redis.set(key, 1, nx=True, ex=REFUSAL_SECONDS):
            await update.message.answer(say("refusal", id=str(user.id)))


class Introduction(BaseMiddleware):
    """Gives handlers their `visitor`."""

    def __init__(self, people: PersonStore, texts: Texts) -> None:
        self._people = people
        self._texts = texts

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        user: User = data["event_from_user"]
        known = await self._people.get(user.id)
        person = replace(
            known,
            name=user.full_name,
            username=user.username or "",
            telegram_language=telegram_language(user.language_code),
        )
        if person != known:
            await self._people.introduce(person)
        language = person.language or person.telegram_language
        data["visitor"] = Visitor(person, self._texts.speaking(language))
        return await handler(event, data)
