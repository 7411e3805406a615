"""/presets: settings under a name, to be taken again with one press."""

from dataclasses import replace

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from worker.bot.callback_data import OnPreset, PresetAction
from worker.bot.current_user import Visitor
from worker.bot.draft import Draft
from worker.bot.filters import Addressed, Command, OnMessage, OnOpenCard, Talking
from worker.bot.mention import own_words
from worker.bot.options.catalog import FROM_WORDS
from worker.bot.services.long_texts import note_declined
from worker.bot.services.order_dialog import Talk
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import OpenCard, close_card
from worker.bot.states import Making
from worker.bot.views.preset_card import preset_list, shown_preset
from worker.users.presets import MAX_NAME, MAX_PRESETS, find


def setup() -> Router:
    router = Router(name="presets")
    router.message.register(show_list, F.text, Command("presets"))
    named = (F.text, ~F.text.startswith("/"), Addressed(), Making.preset_name, Talking())
    router.message.register(take_name, *named)
    on = {action: OnPreset.filter(F.action == action) for action in PresetAction}
    router.callback_query.register(ask_name, on[PresetAction.SAVE], OnOpenCard())
    router.callback_query.register(apply_here, on[PresetAction.APPLY], OnOpenCard())
    router.callback_query.register(back_to_list, on[PresetAction.LIST], OnMessage())
    router.callback_query.register(show, on[PresetAction.SHOW], OnMessage())
    router.callback_query.register(apply, on[PresetAction.APPLY], Talking())
    router.callback_query.register(ask_other_name, on[PresetAction.RENAME], OnMessage())
    router.callback_query.register(delete, on[PresetAction.DELETE], OnMessage())
    return router


async def show_list(message: Message, visitor: Visitor) -> None:
    card = preset_list(visitor.say, visitor.person.id, visitor.person.presets)
    await message.answer(card.text, reply_markup=card.keyboard)


async def ask_name(
    callback: CallbackQuery, card: OpenCard, visitor: Visitor, preferences: Preferences
) -> None:
    if len(visitor.person.presets) >= MAX_PRESETS:
        full = visitor.say.plain("presets-full", limit=MAX_PRESETS)
        await callback.answer(full, show_alert=True)
        return
    await callback.answer()
    await card.state.set_state(Making.preset_name)
    await card.show(preferences.card(visitor, card.draft).preset_name())


async def take_name(message: Message, talk: Talk) -> None:
    name = " ".join((await own_words(message)).split())
    data = await talk.state.get_data()
    if not name:
        await message.reply(talk.visitor.say("words-unseen"))
    elif len(name) > MAX_NAME:
        await message.reply(talk.visitor.say("preset-name-too-long", limit=MAX_NAME))
        await note_declined(message, talk.state)
    elif number := data.get("preset"):
        await _rename(talk, number, name)
    else:
        await _save(talk, Draft.model_validate(data), name)


async def apply_here(
    callback: CallbackQuery,
    callback_data: OnPreset,
    card: OpenCard,
    visitor: Visitor,
    preferences: Preferences,
) -> None:
    """On a card of the same work, which is edited in place."""
    preset = find(visitor.person.presets, callback_data.preset)
    if preset is None:
        await callback.answer(visitor.say.plain("preset-gone"), show_alert=True)
        return
    await callback.answer(visitor.say.plain("preset-applied", name=preset.name))
    changed = await preferences.apply(visitor, preset)
    draft = card.draft.model_copy(update={"options": None})
    await card.show_main(preferences.card(changed, draft))


async def apply(callback: CallbackQuery, callback_data: OnPreset, talk: Talk) -> None:
    """From the list: the card of its work opens; what starts from a picture is only set."""
    say = talk.visitor.say
    preset = find(talk.visitor.person.presets, callback_data.preset)
    if preset is None:
        await callback.answer(say.plain("preset-gone"), show_alert=True)
        return
    await callback.answer(say.plain("preset-applied", name=preset.name))
    changed = await talk.preferences.apply(talk.visitor, preset)
    draft = Draft(work=preset.work, ordering=preset.work in FROM_WORDS)
    await replace(talk, visitor=changed).ask(draft)


async def back_to_list(callback: CallbackQuery, card: Message, visitor: Visitor) -> None:
    await callback.answer()
    await _show_list(card, visitor)


async def show(
    callback: CallbackQuery, callback_data: OnPreset, card: Message, visitor: Visitor
) -> None:
    await callback.answer()
    await _show(card, visitor, callback_data.preset)


async def ask_other_name(
    callback: CallbackQuery,
    callback_data: OnPreset,
    card: Message,
    state: FSMContext,
    visitor: Visitor,
) -> None:
    await callback.answer()
    await close_card(card, state)
    await state.set_state(Making.preset_name)
    await state.set_data({"preset": callback_data.preset})
    await card.answer(visitor.say("ask-preset-name", limit=MAX_NAME))


async def delete(
    callback: CallbackQuery,
    callback_data: OnPreset,
    card: Message,
    visitor: Visitor,
    preferences: Preferences,
) -> None:
    await callback.answer(visitor.say.plain("preset-deleted"))
    await _show_list(card, await preferences.delete_preset(visitor, callback_data.preset))


async def _save(talk: Talk, draft: Draft, name: str) -> None:
    changed = await talk.preferences.save_preset(talk.visitor, draft, name)
    await talk.anchor.reply(changed.say("preset-saved", name=name))
    await replace(talk, visitor=changed).ask(draft)


async def _rename(talk: Talk, number: int, name: str) -> None:
    changed = await talk.preferences.rename_preset(talk.visitor, number, name)
    await talk.state.clear()
    card = preset_list(changed.say, changed.person.id, changed.person.presets)
    await talk.anchor.answer(card.text, reply_markup=card.keyboard)


async def _show_list(card: Message, visitor: Visitor) -> None:
    listed = preset_list(visitor.say, visitor.person.id, visitor.person.presets)
    await card.edit_text(listed.text, reply_markup=listed.keyboard)


async def _show(card: Message, visitor: Visitor, number: int) -> None:
    preset = find(visitor.person.presets, number)
    if preset is None:
        await _show_list(card, visitor)
        return
    shown = shown_preset(visitor.say, visitor.person.id, preset)
    await card.edit_text(shown.text, reply_markup=shown.keyboard)
