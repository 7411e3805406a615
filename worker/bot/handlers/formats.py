"""Formats: one idea in several shapes, each a job of its own; a finished image can be cropped at no cost."""

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery

from infra.errors import NotStored
from infra.fal.model import Work
from infra.storage.store import Storage
from worker.bot.callback_data import Action, Crop, Menu, OnResult, Open, ToggleFormat
from worker.bot.current_user import CurrentUser
from worker.bot.debounce import Debounce
from worker.bot.draft import Draft
from worker.bot.filters import OnJob, OnOpenCard, OnPicture
from worker.bot.options.formats import FORMATS
from worker.bot.services.job_message import ResultImage
from worker.bot.services.orders import Orders
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import OpenCard, open_card
from worker.bot.uploads.pictures import Originals
from worker.model import Job


def setup() -> Router:
    router = Router(name="formats")
    opened = Open.filter(F.menu == Menu.FORMATS)
    router.callback_query.register(open_formats, opened, OnOpenCard())
    router.callback_query.register(toggle, ToggleFormat.filter(), OnOpenCard())
    pressed = OnResult.filter(F.action == Action.FORMATS)
    router.callback_query.register(from_result, pressed, OnJob(), OnPicture())
    cropping = Router(name="cropping")
    cropping.callback_query.middleware(Debounce())
    cropping.callback_query.register(crop, Crop.filter(), OnJob(), OnPicture())
    router.include_router(cropping)
    return router


async def open_formats(
    callback: CallbackQuery, card: OpenCard, current_user: CurrentUser, preferences: Preferences
) -> None:
    """Show the formats, all of them chosen."""
    await callback.answer()
    settings = preferences.card(current_user, card.draft)
    chosen = card.draft.in_formats(settings.possible_formats)
    await card.show_main(preferences.card(current_user, chosen))


async def toggle(
    callback: CallbackQuery,
    callback_data: ToggleFormat,
    card: OpenCard,
    current_user: CurrentUser,
    preferences: Preferences,
) -> None:
    await callback.answer()
    chosen = {*(card.draft.formats or ())} ^ {callback_data.ratio}
    formats = tuple(ratio for ratio in FORMATS if ratio in chosen)
    draft = card.draft.model_copy(update={"formats": formats})
    await card.show_main(preferences.card(current_user, draft))


async def from_result(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    picture: ResultImage,
    state: FSMContext,
    current_user: CurrentUser,
    preferences: Preferences,
    originals: Originals,
) -> None:
    """Open the formats of the same words, with the image as the reference if the model of edits has formats."""
    await callback.answer()
    await picture.show_main(preferences.catalog, picture.number)
    idea = Draft(
        work=Work.IMAGE_EDIT,
        pictures=(picture.source,),
        source=picture.job.id,
        source_file=picture.number,
        words=picture.job.request.prompt.strip(),
    )
    settings = preferences.card(current_user, idea)
    if not settings.possible_formats:
        idea = idea.model_copy(update={"work": Work.IMAGE, "pictures": ()})
        settings = preferences.card(current_user, idea)
    chosen = idea.model_copy(update={"formats": settings.possible_formats})
    # The card replies to the picture itself, to show which one is used.
    shown = await originals.message_of(picture.message, picture.job, picture.number)
    await open_card(shown, state, preferences.card(current_user, chosen))


async def crop(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    callback_data: Crop,
    picture: ResultImage,
    current_user: CurrentUser,
    orders: Orders,
    files: Storage,
) -> Job | None:
    """Crop the image by a job that costs nothing; the card stays open for the next format."""
    t, size = current_user.t, FORMATS.get(callback_data.ratio)
    if size is None:
        await callback.answer(t.plain("not-offered"), show_alert=True)
        return None
    try:
        await files.size(picture.file.key)
    except NotStored:
        await callback.answer(t.plain("crop-gone"), show_alert=True)
        return None
    job = await orders.crop(current_user, picture, size, callback.id)
    await callback.answer(t.plain("crop-started") if job else None)
    return job
