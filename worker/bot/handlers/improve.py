"""Fuller versions of a prompt: for the words of a card, of an offer or of a result."""

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from infra.fal.model import Work
from worker.bot.callback_data import Action, EditVersions, Improve, OnResult, TakeVersion
from worker.bot.current_user import CurrentUser
from worker.bot.debounce import Debounce
from worker.bot.draft import Draft
from worker.bot.filters import HelperIsOn, OnJob, OnMessage, OnOpenCard, WithOrderDialog
from worker.bot.mention import own_words
from worker.bot.options.catalog import prompt_limit
from worker.bot.services.helper_dialog import HelperDialog, HelperRefused
from worker.bot.services.job_message import JobMessage
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.services.order_requests import draft_of
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import OpenCard, close_card, keep_card, open_card
from worker.bot.views.card import Card
from worker.bot.views.helper_card import noted, quoted_in, versions_card, versions_to_edit
from worker.bot.views.settings_card import SettingsCard
from worker.prompt_helper.charges import Purpose
from worker.prompt_helper.improvement import improving

_VERSION, _COPY = "blockquote", "code"


def setup() -> Router:
    router = Router(name="improve")
    router.callback_query.middleware(Debounce())
    router.callback_query.filter(HelperIsOn())
    of_result = OnResult.filter(F.action == Action.IMPROVE)
    router.callback_query.register(improve_result, of_result, OnJob())
    on_card = OnOpenCard()
    router.callback_query.register(improve_card, Improve.filter(), on_card, WithOrderDialog())
    router.callback_query.register(improve_offer, Improve.filter(), OnMessage(), WithOrderDialog())
    router.callback_query.register(take, TakeVersion.filter(), on_card, WithOrderDialog())
    router.callback_query.register(show_for_editing, EditVersions.filter(), on_card)
    return router


async def improve_card(
    callback: CallbackQuery, card: OpenCard, dialog: OrderDialog, helper_dialog: HelperDialog
) -> None:
    """Show versions of the card's words in its place."""
    t, settings = dialog.current_user.t, dialog.card(card.draft)
    if not card.draft.words or not settings.model.takes_prompt:
        await callback.answer(t.plain("stale"), show_alert=True)
        return
    await callback.answer(t.plain("improve-started"))
    await card.show(await _view(card.message, dialog.current_user, helper_dialog, settings))


async def improve_offer(
    callback: CallbackQuery, card: Message, dialog: OrderDialog, helper_dialog: HelperDialog
) -> None:
    """Turn an offer into the card of an image with the words that it replies to, and improve them."""
    current_user, answered = dialog.current_user, card.reply_to_message
    words = await own_words(answered) if answered and answered.text else None
    if not words:
        await callback.answer(current_user.t.plain("words-gone"), show_alert=True)
        return
    await callback.answer(current_user.t.plain("improve-started"))
    draft = await dialog.drafted(Draft(work=Work.IMAGE), words)
    if draft is None:
        return
    settings = dialog.card(draft)
    view = await _view(card, current_user, helper_dialog, settings)
    await close_card(dialog.reply_to, dialog.state)
    await keep_card(dialog.state, settings, card)
    await card.edit_text(view.text, reply_markup=view.keyboard)


async def improve_result(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    job_message: JobMessage,
    state: FSMContext,
    current_user: CurrentUser,
    preferences: Preferences,
    helper_dialog: HelperDialog,
) -> None:
    """Open a card that makes the same with better words."""
    await callback.answer(current_user.t.plain("improve-started"))
    request = job_message.job.repeatable
    draft = draft_of(request, preferences.catalog)
    options = preferences.settled(current_user.user, draft)
    settings = preferences.card(current_user, draft.saying(request.prompt.strip(), options))
    view = await _view(job_message.message, current_user, helper_dialog, settings)
    await open_card(job_message.reply_to, state, settings, view)


async def _view(
    message: Message, current_user: CurrentUser, helper_dialog: HelperDialog, settings: SettingsCard
) -> Card:
    """Return the versions of the words of a card; the card itself, with a note, if there are none."""
    draft, t = settings.draft, current_user.t
    in_group = message.chat.type != ChatType.PRIVATE
    limit = prompt_limit(settings.model)
    question = improving(draft.words, draft.work, limit=limit)
    try:
        reply = await helper_dialog.ask(message, current_user, question, Purpose.IMPROVEMENT)
    except HelperRefused as refusal:
        return noted(refusal.text, settings.main(in_group=in_group))
    if not reply.value:
        return noted(t("improve-none"), settings.main(in_group=in_group))
    return versions_card(t, current_user.user.id, reply)


async def take(
    callback: CallbackQuery, callback_data: TakeVersion, card: OpenCard, dialog: OrderDialog
) -> None:
    """Fill the card with a version, or keep the user's own words; its button starts the order for its price."""
    draft, number = card.draft, callback_data.version
    if number is not None:
        versions = quoted_in(card.message, _VERSION)
        if number >= len(versions):
            await callback.answer(dialog.current_user.t.plain("stale"), show_alert=True)
            return
        draft = draft.saying(versions[number], dialog.card(draft).options)
    await callback.answer()
    await card.show_main(dialog.card(draft))


async def show_for_editing(
    callback: CallbackQuery, card: OpenCard, current_user: CurrentUser
) -> None:
    await callback.answer()
    versions = quoted_in(card.message, _VERSION)
    t, user_id = current_user.t, current_user.user.id
    await card.show(versions_to_edit(t, user_id, versions, in_group=card.in_group))
