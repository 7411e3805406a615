"""Middlewares of every update: access first, then the user, their language and their models."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, Update
from aiogram.types import User as TelegramUser

from infra.i18n import Texts
from worker.bot.current_user import CurrentUser
from worker.bot.filters import MEANS_BOT
from worker.bot.options.catalog import OptionCatalog
from worker.bot.options.offers import OfferStore
from worker.bot.services.access_requests import AccessRequests, introduced
from worker.bot.services.orders import Orders
from worker.bot.services.preferences import Preferences
from worker.users.allowlist import AccessList
from worker.users.roles import role_of
from worker.users.store import UserStore

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class UsersOnly(BaseMiddleware):
    """Pass on what users write themselves, under their own name.

    Groups, channels and channel posts cannot order; a result that a user shares with an inline query orders nothing.
    """

    def __init__(self, access_requests: AccessRequests) -> None:
        self._access_requests = access_requests

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        if not isinstance(event, Update):
            return None
        message = event.message or event.edited_message
        if message and message.via_bot and message.via_bot.id == data["bot"].id:
            return None
        if message is None or message.sender_chat is None:
            return await handler(event, data)
        # Telegram copies the posts of a linked channel into the group; they are not meant for the bot.
        is_question = event.message and not message.is_automatic_forward
        if is_question and await MEANS_BOT(message, bot=data["bot"]):
            await self._access_requests.ask_for_user(message, str(event.update_id))
        return None


class Allowlist(BaseMiddleware):
    """Pass on the updates of allowed users; answer others with a refusal."""

    def __init__(self, access: AccessList, access_requests: AccessRequests) -> None:
        self._access = access
        self._access_requests = access_requests

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        telegram_user: TelegramUser | None = data.get("event_from_user")
        if telegram_user is None or telegram_user.is_bot or not isinstance(event, Update):
            return None
        if await self._access.is_allowed(telegram_user.id):
            return await handler(event, data)
        return await self._access_requests.receive(event, telegram_user)


class Introduction(BaseMiddleware):
    """Pass `current_user` to the handlers."""

    def __init__(self, users: UserStore, texts: Texts) -> None:
        self._users = users
        self._texts = texts

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        telegram_user: TelegramUser = data["event_from_user"]
        known = await self._users.get(telegram_user.id)
        user = introduced(telegram_user, self._texts, known)
        if user != known:
            await self._users.introduce(user)
        data["current_user"] = CurrentUser(user, self._texts.speaking(user.speaks))
        return await handler(event, data)


class PersonalCatalog(BaseMiddleware):
    """Pass the catalog with the models that the user may choose, read at each update so that a change acts at once."""

    def __init__(
        self, offers: OfferStore, catalog: OptionCatalog, orders: Orders, access: AccessList
    ) -> None:
        self._offers = offers
        self._catalog = catalog
        self._orders = orders
        self._access = access

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        current_user: CurrentUser = data["current_user"]
        role = role_of(current_user.user, self._access.admins)
        catalog = self._catalog.seen_by(current_user.user, role, await self._offers.read())
        preferences = Preferences(data["users"], catalog)
        data |= {
            "catalog": catalog,
            "preferences": preferences,
            "orders": self._orders.with_preferences(preferences),
        }
        return await handler(event, data)
