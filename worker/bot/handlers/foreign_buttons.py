"""Buttons on another user's card, which everybody in a group sees and only its owner may press."""

from aiogram import Router
from aiogram.types import CallbackQuery

from worker.bot.button_rights import is_on_result
from worker.bot.current_user import CurrentUser
from worker.bot.filters import NotOwner


def setup() -> Router:
    router = Router(name="ownership")
    router.callback_query.register(refuse, NotOwner())
    return router


async def refuse(callback: CallbackQuery, current_user: CurrentUser) -> None:
    key = "not-your-result" if is_on_result(callback.data or "") else "not-yours"
    await callback.answer(current_user.t.plain(key), show_alert=True)
