"""What the buttons under a result ask before they do anything: which picture of an album, and the way back."""

from aiogram import F, Router
from aiogram.types import CallbackQuery

from worker.bot.callbacks import Action, OnResult
from worker.bot.filters import OnJob
from worker.bot.result_card import WITH_ONE_PICTURE, ask_picture_keyboard, ended_keyboard
from worker.bot.shown import ShownJob
from worker.bot.visitor import Visitor


def setup() -> Router:
    """Stands after the routers that take a picture which is known."""
    router = Router(name="results")
    undecided = OnResult.filter(F.action.in_(WITH_ONE_PICTURE) & F.picture.is_(None))
    router.callback_query.register(ask_picture, undecided, OnJob())
    back = OnResult.filter(F.action == Action.BACK)
    router.callback_query.register(go_back, back, OnJob(for_admins=True))
    return router


async def ask_picture(
    callback: CallbackQuery, callback_data: OnResult, shown: ShownJob, visitor: Visitor
) -> None:
    await callback.answer(visitor.say.plain(f"ask-which-{callback_data.action}"))
    await shown.show(ask_picture_keyboard(visitor.say, shown.job, callback_data.action))


async def go_back(callback: CallbackQuery, shown: ShownJob, visitor: Visitor) -> None:
    await callback.answer()
    await shown.show(ended_keyboard(visitor.say, shown.job))
