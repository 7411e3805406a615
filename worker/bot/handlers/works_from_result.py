"""Works that start from a result: the card asks for what they need and holds their settings."""

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
from worker.bot.views.result_buttons import RARE_WORKS, WORKS_OF_PICTURE, WORKS_OF_VIDEO
from worker.model import Kind

_ANIMATE = Work.IMAGE_TO_VIDEO
_WORKS = {Action.ANIMATE: _ANIMATE} | {
    action: Work(action) for action in (Action.IMAGE_EDIT, *RARE_WORKS, *WORKS_OF_VIDEO)
}


def setup() -> Router:
    router = Router(name="works from a result")
    pressed = OnResult.filter(F.action.in_(WORKS_OF_PICTURE))
    router.callback_query.register(ask, pressed, OnJob(), OnPicture())
    pressed = OnResult.filter(F.action.in_(WORKS_OF_VIDEO))
    router.callback_query.register(ask, pressed, OnJob(), OnPicture(Kind.VIDEO))
    return router


async def ask(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    callback_data: OnResult,
    picture: ResultImage,
    state: FSMContext,
    current_user: CurrentUser,
    preferences: Preferences,
    originals: Originals,
) -> None:
    work = _WORKS[callback_data.action]
    await callback.answer(current_user.t.plain("animate-asked") if work is _ANIMATE else None)
    draft = Draft(
        work=work, pictures=(picture.source,), source=picture.job.id, source_file=picture.number
    )
    await picture.show_main(preferences.catalog, picture.number)
    # The card replies to the picture itself, to show which one is used.
    job_message = await originals.message_of(picture.message, picture.job, picture.number)
    await open_card(job_message, state, preferences.card(current_user, draft))


async def natural_words(dialog: OrderDialog, draft: Draft) -> str:
    """Return the prompt that the picture was made from, or a default for one from elsewhere."""
    chat_id = dialog.reply_to.chat.id
    source = await dialog.orders.find_here(dialog.current_user, chat_id, draft.source or "")
    known = source.request.prompt.strip() if source else ""
    return known or dialog.current_user.t.plain("animate-naturally")
