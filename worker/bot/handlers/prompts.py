"""Texts that the bot waits for: prompts and negative prompts."""

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from infra.telegram.ephemeral import reply_to_asker
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.filters import AddressedToBot, WithOrderDialog
from worker.bot.mention import own_words
from worker.bot.options.catalog import MAX_NEGATIVE_PROMPT
from worker.bot.options.prompt_flags import tidy
from worker.bot.services.long_texts import decline, remember_declined
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import open_card
from worker.bot.states import Making

_PRICE_SECONDS = 3600


def setup() -> Router:
    router = Router(name="prompts")
    router.message.filter(F.text, AddressedToBot(), WithOrderDialog())
    router.message.register(decline_command, F.text.startswith("/"))
    router.message.register(take_prompt, StateFilter(Making.prompt, Making.frame))
    router.message.register(take_negative_prompt, Making.negative_prompt)
    router.message.register(ask_for_mask, Making.mask)
    router.message.register(ask_for_press, Making.press)
    return router


async def decline_command(message: Message, current_user: CurrentUser) -> None:
    await reply_to_asker(message, current_user.t("unknown-command"))


async def take_prompt(message: Message, dialog: OrderDialog) -> None:
    draft = await Draft.of(dialog.state)
    # A price that was shown long ago must be shown again.
    if message.date.timestamp() - draft.shown_at > _PRICE_SECONDS:
        draft = draft.model_copy(update={"price": 0})
    await dialog.place(draft, message.text or "")


async def take_negative_prompt(
    message: Message, state: FSMContext, current_user: CurrentUser, preferences: Preferences
) -> None:
    text = tidy(await own_words(message))
    if text is None:
        await reply_to_asker(message, current_user.t("words-unseen"))
        return
    if len(text) > MAX_NEGATIVE_PROMPT:
        await decline(message, state, current_user.t, len(text), MAX_NEGATIVE_PROMPT)
        return
    card = await preferences.change(current_user, await Draft.of(state), {"negative_prompt": text})
    await open_card(message, state, card)


async def ask_for_mask(message: Message, dialog: OrderDialog) -> None:
    takes_prompt = dialog.card(await Draft.of(dialog.state)).model.takes_prompt
    answer = "words-before-mask" if takes_prompt else "mask-without-words"
    await reply_to_asker(message, dialog.current_user.t(answer))
    await remember_declined(message, dialog.state)


async def ask_for_press(message: Message, dialog: OrderDialog) -> None:
    """Keep words that the order needs after the press; decline others."""
    draft = await Draft.of(dialog.state)
    if dialog.card(draft).model.takes_prompt:
        await dialog.place(draft, message.text or "")
    else:
        await reply_to_asker(message, dialog.current_user.t("press-to-start"))
        await remember_declined(message, dialog.state)
