"""A picture begins to move: the card asks for words, and for the settings of the clip."""

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery

from infra.fal.models import Work
from worker.bot.callbacks import Action, OnResult
from worker.bot.filters import OnJob, OnPicture
from worker.bot.open_card import Draft, open_card
from worker.bot.preferences import Preferences
from worker.bot.shown import ShownPicture
from worker.bot.visitor import Visitor


def setup() -> Router:
    router = Router(name="animating")
    pressed = OnResult.filter(F.action == Action.ANIMATE)
    router.callback_query.register(ask, pressed, OnJob(), OnPicture())
    return router


async def ask(
    callback: CallbackQuery,
    picture: ShownPicture,
    state: FSMContext,
    visitor: Visitor,
    preferences: Preferences,
) -> None:
    await callback.answer(visitor.say.plain("animate-asked"))
    draft = Draft(work=Work.IMAGE_TO_VIDEO, pictures=(picture.source,), source=picture.job.id)
    await open_card(picture.message, state, preferences.card(visitor, draft.work), draft)
