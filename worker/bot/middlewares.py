"""Middlewares of every update: who may write at all, then what the handlers need."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.fsm.context import FSMContext
from aiogram.types import TelegramObject, Update
from aiogram.types import User as TelegramUser
from arq.connections import ArqRedis

from infra.i18n import Texts
from worker.bot.current_user import CurrentUser
from worker.bot.filters import MEANS_BOT
from worker.bot.options.catalog import OptionCatalog
from worker.bot.options.offers import KEY as OFFERS_KEY
from worker.bot.options.offers import read_offers
from worker.bot.services.access_requests import AccessRequests, introduced
from worker.bot.services.orders import Orders
from worker.bot.services.preferences import Preferences
from worker.bot.state_transaction import PendingState
from worker.users.allowlist import ADDED, AccessList
from worker.users.roles import role_of
from worker.users.store import User, UserStore, read_user, user_key

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


class HandlerContext(BaseMiddleware):
    """Pass on the updates of allowed users with what handlers need; answer others with a refusal.

    The user, the models that they may choose and the state of the conversation are read together at each update, so
    that a change acts at once.
    """

    def __init__(  # noqa: PLR0913 - one parameter per dependency
        self,
        *,
        redis: ArqRedis,
        access: AccessList,
        access_requests: AccessRequests,
        users: UserStore,
        texts: Texts,
        catalog: OptionCatalog,
        orders: Orders,
    ) -> None:
        self._redis = redis
        self._access = access
        self._access_requests = access_requests
        self._users = users
        self._texts = texts
        self._catalog = catalog
        self._orders = orders

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        telegram_user: TelegramUser | None = data.get("event_from_user")
        if telegram_user is None or telegram_user.is_bot or not isinstance(event, Update):
            return None
        user_id, dispatcher = telegram_user.id, data["dispatcher"]
        state: FSMContext = dispatcher.fsm.resolve_event_context(data["bot"], data)
        is_settled = self._access.is_settled(user_id)
        pending = PendingState(dispatcher.storage, state.key)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(user_key(user_id))
            pipe.hgetall(OFFERS_KEY)
            pending.read(pipe)
            if not is_settled:
                pipe.sismember(ADDED, str(user_id))
            user, offers, stored_state, stored_data, *is_added = await pipe.execute()
        if not (is_settled or any(is_added)):
            return await self._access_requests.receive(event, telegram_user)
        pending.take(stored_state, stored_data)
        current_user = await self._introduced(telegram_user, read_user(user_id, user))
        role = role_of(current_user.user, self._access.admins)
        catalog = self._catalog.seen_by(current_user.user, role, read_offers(offers))
        preferences = Preferences(self._users, catalog)
        data |= {
            "current_user": current_user,
            "catalog": catalog,
            "preferences": preferences,
            "orders": self._orders.with_preferences(preferences),
            "state": FSMContext(pending, state.key),
            "raw_state": pending.state,
        }
        outcome = await handler(event, data)
        await pending.commit()
        return outcome

    async def _introduced(self, telegram_user: TelegramUser, known: User) -> CurrentUser:
        user = introduced(telegram_user, self._texts, known)
        if user != known:
            await self._users.introduce(user)
        return CurrentUser(user, self._texts.speaking(user.speaks))
