"""The buttons of the card of settings, which edit it in place."""

from aiogram import Router
from aiogram.types import CallbackQuery

from worker.bot.callbacks import Cancel, Choose, ClearNegativePrompt, Menu, Open
from worker.bot.filters import OnOpenCard
from worker.bot.open_card import OpenCard
from worker.bot.preferences import Preferences
from worker.bot.states import Making
from worker.bot.visitor import Visitor


def setup() -> Router:
    router = Router(name="settings")
    router.callback_query.filter(OnOpenCard())
    router.callback_query.register(choose, Choose.filter())
    router.callback_query.register(open_menu, Open.filter())
    router.callback_query.register(clear_negative_prompt, ClearNegativePrompt.filter())
    router.callback_query.register(cancel, Cancel.filter())
    return router


async def choose(
    callback: CallbackQuery,
    callback_data: Choose,
    card: OpenCard,
    visitor: Visitor,
    preferences: Preferences,
) -> None:
    changed = await preferences.choose(
        visitor, card.work, callback_data.option, callback_data.value
    )
    if changed is None:
        await callback.answer(visitor.say.plain("not-offered"), show_alert=True)
        return
    await callback.answer()
    await _show_main(card, changed, preferences)


async def open_menu(
    callback: CallbackQuery,
    callback_data: Open,
    card: OpenCard,
    visitor: Visitor,
    preferences: Preferences,
) -> None:
    await callback.answer()
    settings = preferences.card(visitor, card.work)
    match callback_data.menu:
        case Menu.STYLES:
            await card.show(settings.styles())
        case Menu.NEGATIVE_PROMPT:
            await card.state.set_state(Making.negative_prompt)
            await card.show(settings.negative_prompt())
        case Menu.CARD:
            await _show_main(card, visitor, preferences)


async def clear_negative_prompt(
    callback: CallbackQuery, card: OpenCard, visitor: Visitor, preferences: Preferences
) -> None:
    await callback.answer()
    changed = await preferences.set_negative_prompt(visitor, "")
    await _show_main(card, changed, preferences)


async def cancel(callback: CallbackQuery, card: OpenCard, visitor: Visitor) -> None:
    await callback.answer()
    await card.state.clear()
    await card.message.edit_text(visitor.say("cancelled"))


async def _show_main(card: OpenCard, visitor: Visitor, preferences: Preferences) -> None:
    await card.state.set_state(Making.prompt)
    await card.show(preferences.card(visitor, card.work).main(in_group=card.in_group))
