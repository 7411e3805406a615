"""Refusals for users who are not allowed, with their id, and requests for access."""

from dataclasses import replace

from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.exceptions import AiogramError
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message, Update
from aiogram.types import User as TelegramUser
from arq.connections import ArqRedis
from loguru import logger

from infra.i18n import Phrases, Texts
from infra.redis.client import acquire
from infra.telegram.outcomes import (
    MessageGone,
    Refused,
    Unavailable,
    Unreachable,
    outcome_of,
    outcomes,
)
from worker.bot.admin_callback_data import Administer, Section
from worker.bot.callback_data import SEPARATOR, AskAccess, Decide
from worker.bot.views.inline_results import CACHE_SECONDS, no_access_button
from worker.bot.views.keyboards import button
from worker.bot.views.user_link import identity
from worker.users.allowlist import AccessList
from worker.users.store import User, UserStore

REFUSAL_SECONDS = 3600
#: Requests within DIGEST_SECONDS that an admin gets as separate messages; later ones share one message.
SINGLE_REQUESTS = 3
DIGEST_SECONDS = 3600
_NAMES_IN_DIGEST = 20
_MESSAGES = "darkroom:access-messages"


class AccessRequests:
    def __init__(self, redis: ArqRedis, access: AccessList, users: UserStore, texts: Texts) -> None:
        self._redis = redis
        self._access = access
        self._users = users
        self._texts = texts

    async def receive(self, update: Update, telegram_user: TelegramUser) -> None:
        """Answer a user who is not allowed."""
        user_id, message = str(telegram_user.id), update.message
        t = self._texts.speaking(self._texts.of_telegram(telegram_user.language_code))
        if press := update.callback_query:
            if (press.data or "").startswith(f"{AskAccess.__prefix__}{SEPARATOR}"):
                await self._take_request(press, introduced(telegram_user, self._texts), t)
            else:
                await press.answer(t.plain("refusal-alert", id=user_id), show_alert=True)
        elif query := update.inline_query:
            button_to_chat = no_access_button(t)
            await query.answer(
                [], cache_time=CACHE_SECONDS, is_personal=True, button=button_to_chat
            )
        elif message and message.chat.type == ChatType.PRIVATE:
            key, cause = f"darkroom:refused:{user_id}", str(update.update_id)
            if await acquire(self._redis, key, cause, REFUSAL_SECONDS):
                ask = button(t.plain("button-ask-access"), AskAccess(owner=telegram_user.id).pack())
                keyboard = InlineKeyboardMarkup(inline_keyboard=[[ask]])
                await message.answer(t("refusal", id=user_id), reply_markup=keyboard)

    async def ask_for_user(self, message: Message, cause: str) -> None:
        """Ask a sender who writes as a group or a channel to write as a user; their language is unknown, so use all."""
        if not await acquire(self._redis, f"darkroom:refused:{message.chat.id}", cause, 60):
            return
        as_group = message.sender_chat and message.sender_chat.id == message.chat.id
        key = "sender-group" if as_group else "sender-channel"
        await message.reply("\n\n".join(self._texts(each, key) for each in self._texts.languages))

    async def requested(self, user_id: int) -> User | None:
        """Return the user who waits for an answer; None if another admin has answered."""
        waits = await self._access.requested(user_id)
        return await self._users.get(user_id) if waits else None

    async def answer(self, bot: Bot | None, user: User, *, allowed: bool) -> None:
        """Grant or refuse access and notify the user. The request stays until `close`, so that a retry finds it."""
        if allowed:
            await self._access.accepted_forgeries(user.id)
        key = "access-granted" if allowed else "access-refused"
        await _send(bot, user, self._texts(user.speaks, key))

    async def close(self, user: User) -> None:
        """Delete an answered request."""
        await self._access.close_request(user.id)

    async def _take_request(self, press: CallbackQuery, user: User, t: Phrases) -> None:
        if not await self._access.request(user.id, press.id):
            await press.answer(t.plain("access-asked-already"), show_alert=True)
            return
        await press.answer(t.plain("access-asked"), show_alert=True)
        await self._users.introduce(user)
        admins = await self._users.get_many(sorted(self._access.admins))
        told = [await self._tell(press.bot, admin, user) for admin in admins.values()]
        if not any(told) and isinstance(press.message, Message):
            await press.message.answer(t("access-nobody-reached", id=str(user.id)))

    async def _tell(self, bot: Bot | None, admin: User, user: User) -> bool:
        """Notify an admin: of the first requests by a message each, of later ones by one that lists all."""
        t = self._texts.speaking(admin.speaks)
        async with self._redis.pipeline() as pipe:
            pipe.hincrby(_MESSAGES, str(admin.id), 1)
            pipe.hget(_MESSAGES, f"{admin.id}:digest")
            pipe.ttl(_MESSAGES)
            told, digest, seconds = await pipe.execute()
        if seconds < 0:
            await self._redis.expire(_MESSAGES, DIGEST_SECONDS)
        if told > SINGLE_REQUESTS:
            return await self._show_digest(bot, admin, t, digest)
        text = t("access-request", **identity(user))
        answers = [
            button(
                t.plain(key),
                Decide(owner=admin.id, user_id=user.id, allowed=allowed).pack(),
            )
            for key, allowed in (("button-allow", True), ("button-decline", False))
        ]
        keyboard = InlineKeyboardMarkup(inline_keyboard=[answers])
        return await _send(bot, admin, text, keyboard) is not None

    async def _show_digest(
        self, bot: Bot | None, admin: User, t: Phrases, shown: bytes | None
    ) -> bool:
        """List all waiting users in one message, and edit it when they change."""
        waiting = sorted(await self._access.waiting())
        users = await self._users.get_many(waiting[:_NAMES_IN_DIGEST])
        names = "\n".join(t("access-digest-name", **identity(each)) for each in users.values())
        text = t("access-digest", count=len(waiting), names=names)
        open_users = Administer(owner=admin.id, section=Section.USERS).pack()
        keyboard = InlineKeyboardMarkup(
            inline_keyboard=[[button(t.plain("button-admin-users"), open_users)]]
        )
        if shown and bot:
            try:
                with outcomes():
                    await bot.edit_message_text(
                        text, chat_id=admin.id, message_id=int(shown), reply_markup=keyboard
                    )
            except (MessageGone, Refused, Unreachable):
                pass
            else:
                return True
        sent = await _send(bot, admin, text, keyboard)
        if sent:
            async with self._redis.pipeline() as pipe:
                pipe.hset(_MESSAGES, f"{admin.id}:digest", str(sent.message_id))
                await pipe.execute()
        return sent is not None


async def _send(
    bot: Bot | None, user: User, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> Message | None:
    """Send a message; return None if the user never wrote to the bot or has blocked it. Raises Unavailable."""
    if bot is None:
        return None
    try:
        return await bot.send_message(user.id, text, reply_markup=keyboard)
    except AiogramError as error:
        outcome = outcome_of(error)
        if isinstance(outcome, Unavailable):
            raise outcome from error
        logger.warning("failed to notify user {}: {}", user.id, outcome)
        return None


def introduced(telegram_user: TelegramUser, texts: Texts, known: User | None = None) -> User:
    """Return the user with the name and the language that Telegram reports now."""
    return replace(
        known or User(telegram_user.id),
        name=telegram_user.full_name,
        username=telegram_user.username or "",
        telegram_language=texts.of_telegram(telegram_user.language_code),
    )
