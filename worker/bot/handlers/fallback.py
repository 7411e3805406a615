"""Buttons that no other handler takes."""

from aiogram import Router
from aiogram.types import CallbackQuery

from worker.bot.callback_data import Branch, OnResult, OpenStep, PickResult
from worker.bot.current_user import CurrentUser
from worker.bot.debounce import Debounce


def setup() -> Router:
    router = Router(name="unexpected")
    router.callback_query.middleware(Debounce())
    for about_job in (OnResult, PickResult, OpenStep, Branch):
        router.callback_query.register(report_gone, about_job.filter())
    router.callback_query.register(report_stale)
    return router


async def report_gone(callback: CallbackQuery, current_user: CurrentUser) -> None:
    await callback.answer(current_user.t.plain("history-gone"), show_alert=True)


async def report_stale(callback: CallbackQuery, current_user: CurrentUser) -> None:
    await callback.answer(current_user.t.plain("stale"), show_alert=True)
