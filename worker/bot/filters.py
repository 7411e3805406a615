"""Which updates concern a handler."""

from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.filters import Filter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from worker.bot.callbacks import OnResult, belongs_to_another
from worker.bot.open_card import OpenCard
from worker.bot.orders import Orders, ShownJob
from worker.bot.visitor import Visitor


class Addressed(Filter):
    """Meant for the bot: everything in a private chat; in a group an answer to it or a mention of it."""

    async def __call__(self, message: Message, bot: Bot) -> bool:
        if message.chat.type == ChatType.PRIVATE:
            return True
        answered = message.reply_to_message
        if answered and answered.from_user and answered.from_user.id == bot.id:
            return True
        me = await bot.me()
        return f"@{me.username}".lower() in (message.text or "").lower()


class OfAnother(Filter):
    """A button on somebody else's card."""

    async def __call__(self, callback: CallbackQuery) -> bool:
        return belongs_to_another(callback.data or "", callback.from_user.id)


class OnOpenCard(Filter):
    """A button of the card that is open now, which it passes on as `card`; buttons of older ones are stale."""

    async def __call__(
        self, callback: CallbackQuery, state: FSMContext
    ) -> bool | dict[str, OpenCard]:
        message = callback.message
        if not isinstance(message, Message):
            return False
        card = OpenCard.of(message, state, await state.get_data())
        return {"card": card} if card else False


class OnMessage(Filter):
    """A button whose message Telegram still gives us, which is passed on as `card`."""

    async def __call__(self, callback: CallbackQuery) -> bool | dict[str, Message]:
        message = callback.message
        return {"card": message} if isinstance(message, Message) else False


class OnJob(Filter):
    """A button under a job of this person's that is still known, which is passed on as `shown`."""

    async def __call__(
        self,
        callback: CallbackQuery,
        callback_data: OnResult,
        visitor: Visitor,
        orders: Orders,
    ) -> bool | dict[str, ShownJob]:
        job = await orders.find_own(visitor, callback_data.job_id)
        message = callback.message
        return {"shown": ShownJob(message, job)} if job and isinstance(message, Message) else False
