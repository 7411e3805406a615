"""A person's words: what to make, what to leave out, or words that nobody asked for."""

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from worker.bot.callback_data import MakeOf
from worker.bot.current_user import Visitor
from worker.bot.debounce import Once
from worker.bot.draft import Draft
from worker.bot.filters import Addressed, OnMessage, Talking
from worker.bot.mention import own_words
from worker.bot.options.catalog import FROM_WORDS, MAX_NEGATIVE_PROMPT, prompt_limit
from worker.bot.options.flags import tidy
from worker.bot.services.long_texts import decline, note_declined
from worker.bot.services.order_dialog import Talk
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import open_card
from worker.bot.states import Making
from worker.bot.views.keyboards import offer_keyboard, pressed
from worker.bot.views.money_format import says_price

_PRICE_SECONDS = 3600


def setup() -> Router:
    router = Router(name="prompts")
    router.message.filter(F.text, Addressed(), Talking())
    router.message.register(decline_command, F.text.startswith("/"))
    router.message.register(take_prompt, Making.prompt)
    router.message.register(take_negative_prompt, Making.negative_prompt)
    router.message.register(ask_for_mask, Making.mask)
    router.message.register(ask_for_press, Making.press)
    router.message.register(offer)
    router.callback_query.middleware(Once())
    router.callback_query.register(make, MakeOf.filter(), OnMessage(), Talking())
    return router


async def decline_command(message: Message, visitor: Visitor) -> None:
    await message.reply(visitor.say("unknown-command"))


async def take_prompt(message: Message, talk: Talk) -> None:
    draft = await Draft.of(talk.state)
    # Of a price that was seen long ago nobody thinks any more.
    if message.date.timestamp() - draft.shown_at > _PRICE_SECONDS:
        draft = draft.model_copy(update={"price": 0})
    await talk.place(draft, message.text or "")


async def take_negative_prompt(
    message: Message, state: FSMContext, visitor: Visitor, preferences: Preferences
) -> None:
    text = tidy(await own_words(message))
    if text is None:
        await message.reply(visitor.say("words-unseen"))
        return
    if len(text) > MAX_NEGATIVE_PROMPT:
        await decline(message, state, visitor.say, len(text), MAX_NEGATIVE_PROMPT)
        return
    card = await preferences.change(visitor, await Draft.of(state), {"negative_prompt": text})
    await open_card(message, state, card)


async def ask_for_mask(message: Message, state: FSMContext, visitor: Visitor) -> None:
    await message.reply(visitor.say("words-before-mask"))
    await note_declined(message, state)


async def ask_for_press(message: Message, talk: Talk) -> None:
    """Words that are needed after the press are kept until then."""
    draft = await Draft.of(talk.state)
    if talk.card(draft).model.takes_prompt:
        await talk.place(draft, message.text or "")
    else:
        await message.reply(talk.visitor.say("press-to-start"))
        await note_declined(message, talk.state)


async def offer(message: Message, talk: Talk) -> None:
    """Text out of the blue may be a prompt, or a thank-you: making costs money, so the person says."""
    say, words = talk.visitor.say, await own_words(message)
    if not words:
        await message.reply(say("words-unseen"))
        return
    limit = max(prompt_limit(talk.card(Draft(work=work)).model) for work in FROM_WORDS)
    if len(words) > limit:
        await decline(message, talk.state, say, len(words), limit)
        return
    prices = {work: await talk.price(Draft(work=work), words) for work in FROM_WORDS}
    keyboard = offer_keyboard(say, talk.visitor.person.id, prices)
    await message.reply(say("offer"), reply_markup=keyboard)


async def make(callback: CallbackQuery, callback_data: MakeOf, card: Message, talk: Talk) -> None:
    say, words = talk.visitor.say, card.reply_to_message
    if words is None or not words.text:
        await callback.answer(say.plain("words-gone"), show_alert=True)
        return
    if not (label := pressed(callback)):  # it was taken
        await callback.answer(say.plain("stale"), show_alert=True)
        return
    draft = Draft(work=callback_data.work)
    if says_price(say, label, cost := await talk.price(draft, words.text)):
        draft = draft.model_copy(update={"price": cost})
    cause = f"{card.message_id}:{callback_data.work}"
    if await talk.place(draft, words.text, cause):
        await card.edit_reply_markup()
    await callback.answer()
