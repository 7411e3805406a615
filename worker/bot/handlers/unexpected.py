"""What nothing else took."""

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, Message

from worker.bot.callbacks import OnResult
from worker.bot.visitor import Visitor


def setup() -> Router:
    router = Router(name="unexpected")
    router.edited_message.register(explain_edit, F.text, F.chat.type == ChatType.PRIVATE)
    router.callback_query.register(explain_gone, OnResult.filter())
    router.callback_query.register(explain_stale)
    return router


async def explain_edit(message: Message, visitor: Visitor) -> None:
    await message.reply(visitor.say("edited"))


async def explain_gone(callback: CallbackQuery, visitor: Visitor) -> None:
    await callback.answer(visitor.say.plain("history-gone"), show_alert=True)


async def explain_stale(callback: CallbackQuery, visitor: Visitor) -> None:
    await callback.answer(visitor.say.plain("stale"), show_alert=True)
