"""What every update passes before a handler sees it: the allowlist, then who writes and in which language."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, Update, User

from infra.texts import Texts
from worker.access import AccessList
from worker.bot.reception import Reception, introduced
from worker.bot.visitor import Visitor
from worker.people import PersonStore

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class Allowlist(BaseMiddleware):
    """Lets the team in; anybody else stays at the reception."""

    def __init__(self, access: AccessList, reception: Reception) -> None:
        self._access = access
        self._reception = reception

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        user: User | None = data.get("event_from_user")
        if user is None or user.is_bot or not isinstance(event, Update):
            return None
        if await self._access.is_allowed(user.id):
            return await handler(event, data)
        return await self._reception.receive(event, user)


class Introduction(BaseMiddleware):
    """Gives handlers their `visitor`."""

    def __init__(self, people: PersonStore, texts: Texts) -> None:
        self._people = people
        self._texts = texts

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        user: User = data["event_from_user"]
        known = await self._people.get(user.id)
        person = introduced(user, known)
        if person != known:
            await self._people.introduce(person)
        data["visitor"] = Visitor(person, self._texts.speaking(person.speaks))
        return await handler(event, data)
