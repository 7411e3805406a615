"""/settings, and the buttons of the card, which edit it in place."""

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from infra.fal.models import Work
from worker.bot.callbacks import (
    Cancel,
    Choose,
    ClearNegativePrompt,
    Menu,
    Open,
    Proceed,
    Switch,
    Take,
)
from worker.bot.draft import Draft
from worker.bot.filters import Command, OnOpenCard, Talking
from worker.bot.open_card import OpenCard, open_card
from worker.bot.orders import Order
from worker.bot.preferences import Preferences
from worker.bot.states import Making
from worker.bot.talk import Talk
from worker.bot.visitor import Visitor


def setup() -> Router:
    router = Router(name="settings")
    router.message.register(open_settings, F.text, Command("settings"))
    router.callback_query.filter(OnOpenCard(), Talking())
    router.callback_query.register(choose, Choose.filter())
    router.callback_query.register(open_menu, Open.filter())
    router.callback_query.register(clear_negative_prompt, ClearNegativePrompt.filter())
    router.callback_query.register(switch, Switch.filter())
    router.callback_query.register(take, Take.filter())
    router.callback_query.register(start, Proceed.filter(), Making.press)
    router.callback_query.register(cancel, Cancel.filter())
    return router


async def open_settings(
    message: Message, state: FSMContext, visitor: Visitor, preferences: Preferences
) -> None:
    draft = Draft(work=Work.IMAGE, ordering=False)
    await open_card(message, state, preferences.card(visitor, draft.work, draft))


async def choose(
    callback: CallbackQuery,
    callback_data: Choose,
    card: OpenCard,
    visitor: Visitor,
    preferences: Preferences,
) -> None:
    option, value = callback_data.option, callback_data.value
    changed = await preferences.choose(visitor, card.work, option, value)
    if changed is None:
        await callback.answer(visitor.say.plain("not-offered"), show_alert=True)
        return
    await callback.answer()
    await card.show_main(preferences.card(changed, card.work, card.draft))


async def open_menu(
    callback: CallbackQuery,
    callback_data: Open,
    card: OpenCard,
    visitor: Visitor,
    preferences: Preferences,
) -> None:
    await callback.answer()
    settings = preferences.card(visitor, card.work, card.draft)
    match callback_data.menu:
        case Menu.STYLES:
            await card.show(settings.styles())
        case Menu.NEGATIVE_PROMPT:
            await card.state.set_state(Making.negative_prompt)
            await card.show(settings.negative_prompt())
        case Menu.CARD:
            await card.show_main(settings)


async def clear_negative_prompt(
    callback: CallbackQuery, card: OpenCard, visitor: Visitor, preferences: Preferences
) -> None:
    await callback.answer()
    changed = await preferences.remember(visitor, card.work, {"negative_prompt": ""})
    await card.show_main(preferences.card(changed, card.work, card.draft))


async def switch(
    callback: CallbackQuery,
    callback_data: Switch,
    card: OpenCard,
    visitor: Visitor,
    preferences: Preferences,
) -> None:
    await callback.answer()
    if callback_data.work is not card.work:
        draft = card.draft.doing(callback_data.work)
        await card.show_main(preferences.card(visitor, draft.work, draft))


async def take(callback: CallbackQuery, callback_data: Take, card: OpenCard, talk: Talk) -> None:
    """One of several pictures; the words that came with them are said now."""
    pictures = card.draft.pictures[callback_data.picture :][:1]
    if not pictures:
        await callback.answer(talk.visitor.say.plain("start-gone"), show_alert=True)
        return
    await callback.answer()
    draft = card.draft.starting_from(*pictures)
    settings = talk.card(draft)
    if draft.words and settings.awaits == Making.prompt:
        await talk.place(draft, draft.words, f"{card.message.message_id}:take")
    else:
        await card.show_main(settings)


async def start(callback: CallbackQuery, card: OpenCard, talk: Talk) -> None:
    """What needs no words."""
    await callback.answer()
    await talk.start(Order.of(card.draft, ""), f"{card.message.message_id}:start")


async def cancel(callback: CallbackQuery, card: OpenCard, visitor: Visitor) -> None:
    await callback.answer()
    await card.state.clear()
    key = "cancelled" if card.draft.ordering else "settings-closed"
    await card.message.edit_text(visitor.say(key))
