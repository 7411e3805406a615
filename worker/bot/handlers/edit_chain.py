"""Chain of edits: the previous step, the next one, one picture of an album, and the family tree."""

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery

from infra.fal.model import Work
from worker.bot.callback_data import Action, Branch, OnResult, OpenStep
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.filters import OnJob, OnPicture
from worker.bot.services.edit_chain import Steps, shows_set
from worker.bot.services.job_message import JobMessage, ResultImage
from worker.bot.services.orders import is_visible
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import open_card
from worker.bot.uploads.pictures import Originals
from worker.bot.views.family_card import tip_of
from worker.jobs.message_index import ResultRef


def setup() -> Router:
    router = Router(name="steps")
    for action, handler in (
        (Action.OPEN, open_picture),
        (Action.PREVIOUS, show_previous),
        (Action.TREE, show_tree),
    ):
        pressed = OnResult.filter(F.action == action)
        router.callback_query.register(handler, pressed, OnJob())
    pressed = OnResult.filter(F.action == Action.EDIT_WITH_FIRST)
    router.callback_query.register(edit_with_first, pressed, OnJob(), OnPicture())
    router.callback_query.register(open_step, OpenStep.filter(), OnJob())
    router.callback_query.register(turn_page, Branch.filter(), OnJob())
    return router


async def open_picture(
    callback: CallbackQuery,
    callback_data: OnResult,
    job_message: JobMessage,
    current_user: CurrentUser,
    steps: Steps,
) -> None:
    """Show one picture of an album; the buttons below act on it."""
    job, picture = job_message.job, callback_data.picture
    if picture is None or picture not in range(len(job.files)):
        await callback.answer(current_user.t.plain("stale"), show_alert=True)
        return
    await callback.answer()
    tip = await steps.tip(current_user, job_message.message)
    await steps.show(current_user, job_message.message, job, picture, tip=tip)


async def show_previous(
    callback: CallbackQuery,
    callback_data: OnResult,
    job_message: JobMessage,
    current_user: CurrentUser,
    steps: Steps,
) -> None:
    """Show the step that the result was made from, or the nearest one before it that still exists."""
    t, message, job = current_user.t, job_message.message, job_message.job
    line = await steps.family.line(job)
    step = line.previous
    if step is None or step.job is None:
        await callback.answer(t.plain("step-first-gone"), show_alert=True)
        return
    if not is_visible(step.job, current_user, message.chat.id) or not step.job.files:
        await callback.answer(t.plain("step-not-here"), show_alert=True)
        return
    await callback.answer(None if step is line.steps[-1] else t.plain("step-deleted"))
    tip = await steps.tip(current_user, job_message.message)
    await steps.show(
        current_user,
        message,
        step.job,
        min(step.picture, len(step.job.files) - 1),
        tip=tip or job,
        tip_picture=callback_data.picture or 0,
    )


async def open_step(
    callback: CallbackQuery,
    callback_data: OpenStep,
    job_message: JobMessage,
    current_user: CurrentUser,
    steps: Steps,
) -> None:
    job = job_message.job
    if callback_data.picture not in range(len(job.files)):
        await callback.answer(current_user.t.plain("stale"), show_alert=True)
        return
    await callback.answer()
    message = job_message.message
    tip = await steps.orders.find_here(current_user, message.chat.id, callback_data.tip)
    await steps.show(current_user, message, job, callback_data.picture, tip=tip)


async def edit_with_first(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    picture: ResultImage,
    state: FSMContext,
    current_user: CurrentUser,
    preferences: Preferences,
    originals: Originals,
    steps: Steps,
) -> None:
    """Open the card of an edit that gets the first image of the chain, too (docs/adr/0020-*)."""
    t, job = current_user.t, picture.job
    line = await steps.family.line(job)
    begin, first = line.begin.job, line.first_picture
    is_here = begin and is_visible(begin, current_user, picture.message.chat.id)
    if first is None or first.is_video or not is_here:
        await callback.answer(t.plain("first-image-gone"), show_alert=True)
        return
    draft = Draft(
        work=Work.IMAGE_EDIT,
        pictures=(picture.source, first),
        source=job.id,
        source_file=picture.number,
    )
    card = preferences.card(current_user, draft)
    if card.has_too_many:
        text = t.plain("first-image-too-many", model=card.model.title)
        await callback.answer(text, show_alert=True)
        return
    await callback.answer(t.plain("first-image-added"))
    await picture.show_main(preferences.catalog, picture.number)
    shown = await originals.message_of(picture.message, job, picture.number)
    await open_card(shown, state, card)


async def show_tree(
    callback: CallbackQuery,
    callback_data: OnResult,
    job_message: JobMessage,
    current_user: CurrentUser,
    steps: Steps,
) -> None:
    await callback.answer()
    await _show_tree(job_message, current_user, steps, "", callback_data.picture or 0)


async def turn_page(
    callback: CallbackQuery,
    callback_data: Branch,
    job_message: JobMessage,
    current_user: CurrentUser,
    steps: Steps,
) -> None:
    await callback.answer()
    await _show_tree(job_message, current_user, steps, callback_data.start, 0)


async def _show_tree(
    job_message: JobMessage, current_user: CurrentUser, steps: Steps, start: str, picture: int
) -> None:
    card = await steps.tree(
        job_message.t,
        current_user,
        job_message.message,
        job_message.job,
        start,
        picture=picture,
        tip=tip_of(job_message.message.reply_markup),
    )
    if shows_set(job_message.message):
        shown = await job_message.message.reply(card.text, reply_markup=card.keyboard)
        await steps.messages.remember(shown, ResultRef(job_message.job.id))
        return
    await job_message.replace(card)
