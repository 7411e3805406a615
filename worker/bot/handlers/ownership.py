"""In a group everybody sees a card's buttons; they work for the person whose card it is."""

from aiogram import Router
from aiogram.types import CallbackQuery

from worker.bot.filters import OfAnother
from worker.bot.visitor import Visitor


def setup() -> Router:
    router = Router(name="ownership")
    router.callback_query.register(refuse, OfAnother())
    return router


async def refuse(callback: CallbackQuery, visitor: Visitor) -> None:
    await callback.answer(visitor.say.plain("not-yours"), show_alert=True)
