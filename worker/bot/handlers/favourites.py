"""What a person likes best, to be found again in /my."""

from dataclasses import replace

from aiogram import F, Router
from aiogram.types import CallbackQuery

from worker.bot.callback_data import Action, OnResult
from worker.bot.current_user import Visitor
from worker.bot.filters import OnJob
from worker.bot.options.catalog import Offering
from worker.bot.services.job_message import ShownJob
from worker.jobs.store import JobStore


def setup() -> Router:
    router = Router(name="favourites")
    pressed = OnResult.filter(F.action.in_({Action.FAVOUR, Action.DISFAVOUR}))
    router.callback_query.register(favour, pressed, OnJob())
    return router


async def favour(  # noqa: PLR0913, PLR0917 - what aiogram hands over, each by its name
    callback: CallbackQuery,
    callback_data: OnResult,
    shown: ShownJob,
    visitor: Visitor,
    jobs: JobStore,
    offering: Offering,
) -> None:
    wanted = callback_data.action is Action.FAVOUR
    await callback.answer(visitor.say.plain("favoured" if wanted else "disfavoured"))
    if await jobs.set_favourite(shown.job, wanted=wanted):
        changed = replace(shown, job=shown.job.model_copy(update={"favourite": wanted}))
        await changed.show_main(visitor.say, offering, callback_data.picture)
