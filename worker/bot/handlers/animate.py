"""Animate a picture: the card asks for optional words and holds the settings of the video."""

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery

from infra.fal.model import Work
from worker.bot.callback_data import Action, OnResult
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.filters import OnJob, OnPicture
from worker.bot.services.job_message import ResultImage
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import open_card
from worker.bot.uploads.pictures import Originals


def setup() -> Router:
    router = Router(name="animating")
    pressed = OnResult.filter(F.action == Action.ANIMATE)
    router.callback_query.register(ask, pressed, OnJob(), OnPicture())
    return router


async def ask(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    picture: ResultImage,
    state: FSMContext,
    current_user: CurrentUser,
    preferences: Preferences,
    originals: Originals,
) -> None:
    await callback.answer(current_user.t.plain("animate-asked"))
    draft = Draft(work=Work.IMAGE_TO_VIDEO, pictures=(picture.source,), source=picture.job.id)
    await picture.show_main(current_user.t, preferences.catalog, picture.number)
    # The card replies to the picture itself, to show which one is used.
    job_message = await originals.message_of(picture.message, picture.job, picture.number)
    await open_card(job_message, state, preferences.card(current_user, draft))


async def natural_words(dialog: OrderDialog, draft: Draft) -> str:
    """Return the prompt that the picture was made from, or a default for one from elsewhere."""
    source = await dialog.orders.find_own(dialog.current_user, draft.source or "")
    known = source.request.prompt.strip() if source else ""
    return known or dialog.current_user.t.plain("animate-naturally")
