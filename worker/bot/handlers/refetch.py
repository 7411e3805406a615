"""Repeated download, free of charge, of a result that fal made but that could not be downloaded."""

from aiogram import F, Router
from aiogram.types import CallbackQuery

from worker.bot.callback_data import Action, OnResult
from worker.bot.current_user import CurrentUser
from worker.bot.filters import OnJob
from worker.bot.services.job_message import JobMessage
from worker.jobs.refetch import fetch_again
from worker.jobs.store import JobStore


def setup() -> Router:
    router = Router(name="refetching")
    pressed = OnResult.filter(F.action == Action.FETCH)
    router.callback_query.register(fetch, pressed, OnJob())
    return router


async def fetch(
    callback: CallbackQuery, job_message: JobMessage, current_user: CurrentUser, jobs: JobStore
) -> None:
    begun = await fetch_again(jobs, job_message.job)
    await callback.answer(current_user.t.plain("fetch-started" if begun else "fetch-already"))
