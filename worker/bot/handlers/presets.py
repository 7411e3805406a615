"""/presets: named settings that one press applies."""

from dataclasses import replace

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from infra.telegram.ephemeral import reply_to_asker
from worker.bot.callback_data import OnPreset, PresetAction
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.filters import AddressedToBot, Command, OnMessage, OnOpenCard, WithOrderDialog
from worker.bot.mention import own_words
from worker.bot.options.catalog import FROM_WORDS
from worker.bot.services.long_texts import remember_declined
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import OpenCard, close_card
from worker.bot.states import Making
from worker.bot.views.preset_card import preset_list, shown_preset
from worker.users.presets import MAX_NAME, MAX_PRESETS, find


def setup() -> Router:
    router = Router(name="presets")
    router.message.register(show_list, F.text, Command("presets"))
    named = (
        F.text,
        ~F.text.startswith("/"),
        AddressedToBot(),
        Making.preset_name,
        WithOrderDialog(),
    )
    router.message.register(take_name, *named)
    on = {action: OnPreset.filter(F.action == action) for action in PresetAction}
    router.callback_query.register(ask_name, on[PresetAction.SAVE], OnOpenCard())
    router.callback_query.register(apply_here, on[PresetAction.APPLY], OnOpenCard())
    router.callback_query.register(back_to_list, on[PresetAction.LIST], OnMessage())
    router.callback_query.register(show, on[PresetAction.SHOW], OnMessage())
    router.callback_query.register(apply, on[PresetAction.APPLY], WithOrderDialog())
    router.callback_query.register(ask_other_name, on[PresetAction.RENAME], OnMessage())
    router.callback_query.register(delete, on[PresetAction.DELETE], OnMessage())
    return router


async def show_list(message: Message, current_user: CurrentUser) -> None:
    card = preset_list(current_user.t, current_user.user.id, current_user.user.presets)
    await message.answer(card.text, reply_markup=card.keyboard)


async def ask_name(
    callback: CallbackQuery, card: OpenCard, current_user: CurrentUser, preferences: Preferences
) -> None:
    if len(current_user.user.presets) >= MAX_PRESETS:
        full = current_user.t.plain("presets-full", limit=MAX_PRESETS)
        await callback.answer(full, show_alert=True)
        return
    await callback.answer()
    await card.state.set_state(Making.preset_name)
    await card.show(preferences.card(current_user, card.draft).preset_name())


async def take_name(message: Message, dialog: OrderDialog) -> None:
    name = " ".join((await own_words(message)).split())
    current_user, preferences = dialog.current_user, dialog.preferences
    data = await dialog.state.get_data()
    if not name:
        await reply_to_asker(message, current_user.t("words-unseen"))
    elif len(name) > MAX_NAME:
        await reply_to_asker(message, current_user.t("preset-name-too-long", limit=MAX_NAME))
        await remember_declined(message, dialog.state)
    elif number := data.get("preset"):
        renamed = await preferences.rename_preset(current_user, number, name)
        await dialog.state.clear()
        await show_list(message, renamed)
    else:
        draft = Draft.model_validate(data)
        saved = await preferences.save_preset(current_user, draft, name)
        await dialog.reply_to.reply(saved.t("preset-saved", name=name))
        await replace(dialog, current_user=saved).ask(draft)


async def apply_here(
    callback: CallbackQuery,
    callback_data: OnPreset,
    card: OpenCard,
    current_user: CurrentUser,
    preferences: Preferences,
) -> None:
    """Apply a preset to the open card of the same work."""
    preset = find(current_user.user.presets, callback_data.preset)
    if preset is None:
        await callback.answer(current_user.t.plain("preset-gone"), show_alert=True)
        return
    await callback.answer(current_user.t.plain("preset-applied", name=preset.name))
    changed = await preferences.apply(current_user, preset)
    draft = card.draft.model_copy(update={"options": None})
    await card.show_main(preferences.card(changed, draft))


async def apply(callback: CallbackQuery, callback_data: OnPreset, dialog: OrderDialog) -> None:
    """Apply a preset from the list and open the card of its work; work from a picture is only configured."""
    t = dialog.current_user.t
    preset = find(dialog.current_user.user.presets, callback_data.preset)
    if preset is None:
        await callback.answer(t.plain("preset-gone"), show_alert=True)
        return
    await callback.answer(t.plain("preset-applied", name=preset.name))
    changed = await dialog.preferences.apply(dialog.current_user, preset)
    draft = Draft(work=preset.work, ordering=preset.work in FROM_WORDS)
    await replace(dialog, current_user=changed).ask(draft)


async def back_to_list(callback: CallbackQuery, card: Message, current_user: CurrentUser) -> None:
    await callback.answer()
    await _show_list(card, current_user)


async def show(
    callback: CallbackQuery, callback_data: OnPreset, card: Message, current_user: CurrentUser
) -> None:
    await callback.answer()
    preset = find(current_user.user.presets, callback_data.preset)
    if preset is None:
        await _show_list(card, current_user)
        return
    shown = shown_preset(current_user.t, current_user.user.id, preset)
    await card.edit_text(shown.text, reply_markup=shown.keyboard)


async def ask_other_name(
    callback: CallbackQuery,
    callback_data: OnPreset,
    card: Message,
    state: FSMContext,
    current_user: CurrentUser,
) -> None:
    await callback.answer()
    await close_card(card, state)
    await state.set_state(Making.preset_name)
    await state.set_data({"preset": callback_data.preset})
    await card.answer(current_user.t("ask-preset-name", limit=MAX_NAME))


async def delete(
    callback: CallbackQuery,
    callback_data: OnPreset,
    card: Message,
    current_user: CurrentUser,
    preferences: Preferences,
) -> None:
    await callback.answer(current_user.t.plain("preset-deleted"))
    await _show_list(card, await preferences.delete_preset(current_user, callback_data.preset))


async def _show_list(card: Message, current_user: CurrentUser) -> None:
    listed = preset_list(current_user.t, current_user.user.id, current_user.user.presets)
    await card.edit_text(listed.text, reply_markup=listed.keyboard)
