"""/settings, and the buttons of the settings card."""

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from infra.fal.model import Work
from infra.fal.models.catalogue import model_title
from infra.money import money
from worker.bot.callback_data import (
    Cancel,
    Choose,
    ChoosePlainText,
    ClearNegativePrompt,
    Menu,
    Open,
    Proceed,
    Switch,
    Take,
)
from worker.bot.current_user import CurrentUser
from worker.bot.debounce import Debounce
from worker.bot.draft import Draft
from worker.bot.filters import Command, OnOpenCard, WithOrderDialog
from worker.bot.handlers.works_from_result import natural_words
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import OpenCard, open_card
from worker.bot.states import Making
from worker.bot.views.comparison_card import comparison_choice
from worker.bot.views.keyboards import pressed
from worker.bot.views.model_list import lost_options, model_list
from worker.bot.views.money_format import price_seen
from worker.bot.views.option_rows import values_card
from worker.jobs.duration_stats import Durations
from worker.model import Job
from worker.users.plain_text import AT_ONCE


def setup() -> Router:
    router = Router(name="settings")
    router.message.register(open_settings, F.text, Command("settings"))
    router.callback_query.filter(OnOpenCard(), WithOrderDialog())
    router.callback_query.register(choose, Choose.filter())
    router.callback_query.register(open_menu, Open.filter())
    router.callback_query.register(clear_negative_prompt, ClearNegativePrompt.filter())
    router.callback_query.register(choose_plain_text, ChoosePlainText.filter(F.value.in_(AT_ONCE)))
    router.callback_query.register(switch, Switch.filter())
    router.callback_query.register(cancel, Cancel.filter())
    starting = Router(name="starting")
    starting.callback_query.middleware(Debounce())
    can_start = StateFilter(Making.press, Making.prompt)
    starting.callback_query.register(start_card, Proceed.filter(), can_start)
    starting.callback_query.register(take, Take.filter())
    router.include_router(starting)
    return router


async def open_settings(
    message: Message, state: FSMContext, current_user: CurrentUser, preferences: Preferences
) -> None:
    draft = Draft(work=Work.IMAGE, ordering=False)
    await open_card(message, state, preferences.card(current_user, draft))


async def choose(
    callback: CallbackQuery,
    callback_data: Choose,
    card: OpenCard,
    current_user: CurrentUser,
    preferences: Preferences,
) -> None:
    option, text = callback_data.option, callback_data.value
    change = preferences.choice(current_user.user, card.draft, option, text)
    if change is None:
        await callback.answer(current_user.t.plain("not-offered"), show_alert=True)
        await card.show_main(preferences.card(current_user, card.draft))
        return
    chosen = preferences.chosen(current_user.user, card.draft)
    before = preferences.card(current_user, card.draft)
    after = await preferences.change(current_user, card.draft, change)
    lost = lost_options(current_user.t, chosen, before.options, after.options)
    says = lost if "model" in change else None
    await callback.answer(says, show_alert=says is not None)
    await card.show_main(after)


async def open_menu(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    callback_data: Open,
    card: OpenCard,
    current_user: CurrentUser,
    preferences: Preferences,
    durations: Durations,
) -> None:
    settings, menu = preferences.card(current_user, card.draft), callback_data.menu
    opens = menu in settings.choices or menu in Menu
    await callback.answer(
        None if opens else current_user.t.plain("not-offered"), show_alert=not opens
    )
    if menu == Menu.MODEL:
        endpoints = [model.endpoint for model in settings.catalog.models(settings.work)]
        usual = {endpoint: await durations.usual(endpoint) for endpoint in endpoints}
        await card.show(model_list(settings, usual))
    elif menu in settings.choices:
        await card.show(values_card(settings, menu))
    elif menu == Menu.COMPARE:
        await card.show(comparison_choice(settings))
    elif menu == Menu.NEGATIVE_PROMPT:
        await card.state.set_state(Making.negative_prompt)
        await card.show(settings.negative_prompt())
    elif menu == Menu.PLAIN_TEXT:
        await card.show(settings.plain_text_choice())
    elif menu == Menu.WORKS:
        await card.show(settings.more_works())
    else:
        whole = card.draft.model_copy(update={"formats": None})
        await card.show_main(preferences.card(current_user, whole))


async def clear_negative_prompt(
    callback: CallbackQuery, card: OpenCard, current_user: CurrentUser, preferences: Preferences
) -> None:
    await callback.answer()
    await card.show_main(
        await preferences.change(current_user, card.draft, {"negative_prompt": ""})
    )


async def choose_plain_text(
    callback: CallbackQuery,
    callback_data: ChoosePlainText,
    card: OpenCard,
    current_user: CurrentUser,
    preferences: Preferences,
) -> None:
    await callback.answer()
    current_user = await preferences.set_plain_text(current_user, callback_data.value)
    await card.show_main(preferences.card(current_user, card.draft))


async def switch(
    callback: CallbackQuery,
    callback_data: Switch,
    card: OpenCard,
    current_user: CurrentUser,
    preferences: Preferences,
) -> None:
    if callback_data.work not in preferences.card(current_user, card.draft).works:
        await callback.answer(current_user.t.plain("stale"), show_alert=True)
        return
    await callback.answer()
    await card.show_main(preferences.card(current_user, card.draft.doing(callback_data.work)))


async def take(
    callback: CallbackQuery, callback_data: Take, card: OpenCard, dialog: OrderDialog
) -> None:
    """Use one of several pictures, and continue with the words that came with them."""
    pictures = card.draft.pictures[callback_data.picture :][:1]
    if not pictures:
        await callback.answer(dialog.current_user.t.plain("start-gone"), show_alert=True)
        return
    await callback.answer()
    chosen = card.draft.starting_from(*pictures)
    if card.draft.source and card.draft.choosing:
        chosen = chosen.model_copy(update={"source_file": callback_data.picture})
    draft = await dialog.usable(chosen)
    settings = dialog.card(draft)
    if not draft.words:
        await card.show_main(settings)
    elif draft.pictures:
        seen = price_seen(dialog.current_user.t, pressed(callback), settings.price)
        priced = draft.model_copy(update={"price": seen})
        await dialog.go_on(priced, f"{card.message.message_id}:take")


async def start_card(callback: CallbackQuery, card: OpenCard, dialog: OrderDialog) -> Job | None:
    """Start a complete order, for the price that its button shows."""
    t, draft = dialog.current_user.t, card.draft
    if draft.work is Work.IMAGE_TO_VIDEO and not draft.words:
        draft = draft.model_copy(update={"words": await natural_words(dialog, draft)})
    settings = dialog.card(card.draft)
    if flaw := settings.flaw:
        await callback.answer(flaw, show_alert=True)
        return None
    if settings.model.takes_prompt and not draft.words:
        await callback.answer(t.plain("stale"), show_alert=True)
        return None
    if settings.missing != draft.instead_of:
        model = settings.model.title
        gone = t.plain("model-replaced-alert", gone=model_title(settings.missing), model=model)
        await callback.answer(gone, show_alert=True)
        await card.show_main(settings)
        return None
    if dialog.orders.asks_first(draft, settings.price):
        cost = money(t, settings.price)
        await callback.answer(t.plain("price-now", cost=cost), show_alert=True)
        await card.show_main(settings)
        return None
    job = await dialog.start(draft, f"{card.message.message_id}:start")
    await callback.answer(t.plain("started") if job else None)
    return job


async def cancel(callback: CallbackQuery, card: OpenCard, current_user: CurrentUser) -> None:
    await callback.answer()
    await card.state.clear()
    key = "cancelled" if card.draft.ordering else "settings-closed"
    await card.message.edit_text(current_user.t(key))
