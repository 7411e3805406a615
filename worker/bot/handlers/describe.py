"""Descriptions of images: of a card, and of results."""

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from infra.fal.model import Work
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.callback_data import Action, Describe, MakeDescribed, OnResult
from worker.bot.current_user import CurrentUser
from worker.bot.debounce import Debounce
from worker.bot.draft import Draft
from worker.bot.filters import (
    HelperIsOn,
    OnJob,
    OnMessage,
    OnOpenCard,
    OnPicture,
    WithOrderDialog,
)
from worker.bot.options.catalog import prompt_limit
from worker.bot.services.helper_dialog import HelperDialog, HelperRefused
from worker.bot.services.job_message import ResultImage
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import OpenCard
from worker.bot.views.card import Card
from worker.bot.views.helper_card import description_card, noted, quoted_in
from worker.bot.views.keyboards import pressed
from worker.bot.views.money_format import price_seen
from worker.bot.views.settings_card import SettingsCard
from worker.model import Picture
from worker.prompt_helper.charges import Purpose
from worker.prompt_helper.description import describing

_NEW = Draft(work=Work.IMAGE)


def setup() -> Router:
    router = Router(name="describe")
    router.callback_query.middleware(Debounce())
    router.callback_query.filter(HelperIsOn())
    router.callback_query.register(
        describe_card, Describe.filter(), OnOpenCard(), WithOrderDialog()
    )
    of_result = OnResult.filter(F.action == Action.DESCRIBE)
    router.callback_query.register(describe_result, of_result, OnJob(), OnPicture())
    router.callback_query.register(make, MakeDescribed.filter(), OnMessage(), WithOrderDialog())
    return router


async def describe_card(
    callback: CallbackQuery, card: OpenCard, dialog: OrderDialog, helper_dialog: HelperDialog
) -> None:
    """Show the description of the card's image in its place."""
    t, pictures = dialog.current_user.t, card.draft.pictures
    if len(pictures) != 1 or card.draft.is_video:
        await callback.answer(t.plain("stale"), show_alert=True)
        return
    await callback.answer(t.plain("describe-started"))
    new = dialog.card(_NEW)
    try:
        view = await _view(
            card.message, dialog.current_user, helper_dialog, pictures[0], new, on_card=True
        )
    except HelperRefused as refusal:
        view = noted(refusal.text, dialog.card(card.draft).main(in_group=card.in_group))
    await card.show(view)


async def describe_result(
    callback: CallbackQuery,
    picture: ResultImage,
    current_user: CurrentUser,
    preferences: Preferences,
    helper_dialog: HelperDialog,
) -> None:
    """Reply to a result with its description."""
    await callback.answer(current_user.t.plain("describe-started"))
    new = preferences.card(current_user, _NEW)
    message = picture.message
    try:
        view = await _view(message, current_user, helper_dialog, picture.source, new, on_card=False)
    except HelperRefused as refusal:
        await reply_to_asker(message, refusal.text)
    else:
        await helper_dialog.reply(picture, view)
    await picture.show_main(preferences.catalog, picture.number)


async def _view(  # noqa: PLR0913 - what the description is of, and what it would cost to make
    message: Message,
    current_user: CurrentUser,
    helper_dialog: HelperDialog,
    picture: Picture,
    new: SettingsCard,
    *,
    on_card: bool,
) -> Card:
    """Raises HelperRefused."""
    t, user_id = current_user.t, current_user.user.id
    image = await helper_dialog.look(message, current_user, picture)
    question = describing(image, language=t.language, limit=prompt_limit(new.model))
    reply = await helper_dialog.ask(message, current_user, question, Purpose.DESCRIPTION)
    return description_card(t, user_id, reply, new.price, on_card=on_card)


async def make(callback: CallbackQuery, card: Message, dialog: OrderDialog) -> None:
    """Make an image by the description, for the price that the button shows."""
    t, words = dialog.current_user.t, quoted_in(card, "code")
    label = pressed(callback)
    if not words or not label:
        await callback.answer(t.plain("stale"), show_alert=True)
        return
    is_open = (await dialog.state.get_data()).get("card") == card.message_id
    settings = dialog.card(_NEW)
    seen = price_seen(t, label, settings.price)
    draft = _NEW.saying(words[0], settings.options).model_copy(update={"price": seen})
    await callback.answer()
    if await dialog.go_on(draft, f"{card.message_id}:described") and not is_open:
        # A card that was open is deleted.
        await card.edit_reply_markup()
