"""What nothing else took."""

from aiogram import Router
from aiogram.types import CallbackQuery

from worker.bot.callback_data import OnResult
from worker.bot.current_user import Visitor
from worker.bot.debounce import Once


def setup() -> Router:
    router = Router(name="unexpected")
    router.callback_query.middleware(Once())
    router.callback_query.register(explain_gone, OnResult.filter())
    router.callback_query.register(explain_stale)
    return router


async def explain_gone(callback: CallbackQuery, visitor: Visitor) -> None:
    await callback.answer(visitor.say.plain("history-gone"), show_alert=True)


async def explain_stale(callback: CallbackQuery, visitor: Visitor) -> None:
    await callback.answer(visitor.say.plain("stale"), show_alert=True)
