"""What a stranger meets: a polite refusal, their id, and a button that asks an admin to let them in."""

from dataclasses import replace

from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.exceptions import AiogramError
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message, Update, User
from arq.connections import ArqRedis
from loguru import logger

from infra.i18n import Phrases, Texts
from infra.redis.client import acquire
from infra.telegram.outcomes import Away, MessageGone, Refused, Unreachable, outcome_of, outcomes
from worker.bot.callback_data import SEPARATOR, Administer, AskAccess, Decide, Section
from worker.bot.views.keyboards import button
from worker.bot.views.user_link import identity
from worker.users.allowlist import AccessList
from worker.users.store import Person, PersonStore

REFUSAL_SECONDS = 3600
#: Requests that an admin gets as messages of their own within DIGEST_SECONDS; all others are in one message.
SINGLE_REQUESTS = 3
DIGEST_SECONDS = 3600
_NAMES_IN_DIGEST = 20
_TOLD = "darkroom:access-told"


class AccessRequests:
    def __init__(
        self, redis: ArqRedis, access: AccessList, people: PersonStore, texts: Texts
    ) -> None:
        self._redis = redis
        self._access = access
        self._people = people
        self._texts = texts

    async def receive(self, update: Update, user: User) -> None:
        """Answer somebody who is not let in."""
        say = self._texts.speaking(self._texts.of_telegram(user.language_code))
        press, message = update.callback_query, update.message
        if press and (press.data or "").startswith(f"{AskAccess.__prefix__}{SEPARATOR}"):
            await self._take_request(press, introduced(user, self._texts), say)
        elif press:
            await press.answer(say.plain("refusal-alert", id=str(user.id)), show_alert=True)
        elif message and message.chat.type == ChatType.PRIVATE:
            await self._refuse_repeat(message, user, say, str(update.update_id))

    async def ask_for_person(self, message: Message, cause: str) -> None:
        """Answer somebody who writes as their group or as a channel: nobody can see who, nor in which language."""
        if not await acquire(self._redis, f"darkroom:refused:{message.chat.id}", cause, 60):
            return
        as_group = message.sender_chat and message.sender_chat.id == message.chat.id
        key = "sender-group" if as_group else "sender-channel"
        await message.reply("\n\n".join(self._texts(each, key) for each in self._texts.languages))

    async def requested(self, person_id: int) -> Person | None:
        """Who waits for an answer; None: another admin has answered."""
        waits = await self._access.requested(person_id)
        return await self._people.get(person_id) if waits else None

    async def answer(self, bot: Bot | None, person: Person, *, allowed: bool) -> None:
        """Let somebody in, or not, and tell them; the request stays until `close`, for a repetition to find it."""
        if allowed:
            await self._access.let_in(person.id)
        key = "access-granted" if allowed else "access-refused"
        await _send(bot, person, self._texts(person.speaks, key))

    async def close(self, person: Person) -> None:
        """End a request that was answered."""
        await self._access.close_request(person.id)

    async def _refuse_repeat(self, message: Message, user: User, say: Phrases, cause: str) -> None:
        key = f"darkroom:refused:{user.id}"
        if await acquire(self._redis, key, cause, REFUSAL_SECONDS):
            ask = button(say.plain("button-ask-access"), AskAccess(owner=user.id).pack())
            keyboard = InlineKeyboardMarkup(inline_keyboard=[[ask]])
            await message.answer(say("refusal", id=str(user.id)), reply_markup=keyboard)

    async def _take_request(self, press: CallbackQuery, person: Person, say: Phrases) -> None:
        if not await self._access.request(person.id, press.id):
            await press.answer(say.plain("access-asked-already"), show_alert=True)
            return
        await press.answer(say.plain("access-asked"), show_alert=True)
        await self._people.introduce(person)
        admins = await self._people.get_many(sorted(self._access.admins))
        told = [await self._tell(press.bot, admin, person) for admin in admins.values()]
        if not any(told) and isinstance(press.message, Message):
            await press.message.answer(say("access-nobody-reached", id=str(person.id)))

    async def _tell(self, bot: Bot | None, admin: Person, person: Person) -> bool:
        say = self._texts.speaking(admin.speaks)
        told, digest = await self._count_told(admin)
        if told > SINGLE_REQUESTS:
            return await self._show_digest(bot, admin, say, digest)
        text = say("access-request", **identity(person))
        answers = [
            button(
                say.plain(key),
                Decide(owner=admin.id, person_id=person.id, allowed=allowed).pack(),
            )
            for key, allowed in (("button-allow", True), ("button-decline", False))
        ]
        keyboard = InlineKeyboardMarkup(inline_keyboard=[answers])
        return await _send(bot, admin, text, keyboard) is not None

    async def _count_told(self, admin: Person) -> tuple[int, bytes | None]:
        """How many requests the admin was told of, this one too, and the message that names all of them."""
        async with self._redis.pipeline() as pipe:
            pipe.hincrby(_TOLD, str(admin.id), 1)
            pipe.hget(_TOLD, f"{admin.id}:digest")
            pipe.ttl(_TOLD)
            count, digest, seconds = await pipe.execute()
        if seconds < 0:
            await self._redis.expire(_TOLD, DIGEST_SECONDS)
        return count, digest

    async def _show_digest(
        self, bot: Bot | None, admin: Person, say: Phrases, shown: bytes | None
    ) -> bool:
        """Name everybody who waits in one message, which is kept up to date."""
        waiting = sorted(await self._access.waiting())
        people = await self._people.get_many(waiting[:_NAMES_IN_DIGEST])
        names = "\n".join(say("access-digest-name", **identity(each)) for each in people.values())
        text = say("access-digest", count=len(waiting), names=names)
        open_people = Administer(owner=admin.id, section=Section.PEOPLE).pack()
        keyboard = InlineKeyboardMarkup(
            inline_keyboard=[[button(say.plain("button-admin-people"), open_people)]]
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
                pipe.hset(_TOLD, f"{admin.id}:digest", str(sent.message_id))
                await pipe.execute()
        return sent is not None


async def _send(
    bot: Bot | None, person: Person, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> Message | None:
    """None: who never wrote to the bot, or has blocked it, cannot be written to. Raises Away."""
    if bot is None:
        return None
    try:
        return await bot.send_message(person.id, text, reply_markup=keyboard)
    except AiogramError as error:
        outcome = outcome_of(error)
        if isinstance(outcome, Away):
            raise outcome from error
        logger.warning("person {} was not told: {}", person.id, outcome)
        return None


def introduced(user: User, texts: Texts, known: Person | None = None) -> Person:
    """The person with the name and the language that Telegram gives them now."""
    return replace(
        known or Person(user.id),
        name=user.full_name,
        username=user.username or "",
        telegram_language=texts.of_telegram(user.language_code),
    )
