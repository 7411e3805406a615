"""Favourites, which /my lists."""

from dataclasses import replace

from aiogram import F, Router
from aiogram.types import CallbackQuery

from worker.bot.callback_data import Action, OnResult
from worker.bot.current_user import CurrentUser
from worker.bot.filters import OnJob
from worker.bot.options.catalog import OptionCatalog
from worker.bot.services.job_message import JobMessage
from worker.jobs.store import JobStore


def setup() -> Router:
    router = Router(name="favourites")
    pressed = OnResult.filter(F.action.in_({Action.FAVOUR, Action.DISFAVOUR}))
    router.callback_query.register(favour, pressed, OnJob())
    return router


async def favour(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    callback_data: OnResult,
    job_message: JobMessage,
    current_user: CurrentUser,
    jobs: JobStore,
    catalog: OptionCatalog,
) -> None:
    wanted = callback_data.action is Action.FAVOUR
    await callback.answer(current_user.t.plain("favoured" if wanted else "disfavoured"))
    if await jobs.set_favourite(job_message.job, wanted=wanted):
        changed = replace(job_message, job=job_message.job.model_copy(update={"favourite": wanted}))
        await changed.show_main(catalog, callback_data.picture)
