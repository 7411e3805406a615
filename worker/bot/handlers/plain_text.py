"""Plain text that no command or card asked for: ask what to make of it, or order what the settings say."""

from collections.abc import Collection
from dataclasses import replace

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, Message

from infra.fal.model import Work
from worker.bot.callback_data import CreateFrom, CreateFromLast, TakeBack
from worker.bot.debounce import Debounce
from worker.bot.draft import Draft
from worker.bot.filters import AddressedToBot, OnMessage, WithOrderDialog
from worker.bot.mention import own_words
from worker.bot.options.catalog import prompt_limit
from worker.bot.options.word_choices import Choice, at_once, choice_of, choices, from_last
from worker.bot.services.last_result import last_result
from worker.bot.services.long_texts import decline
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.services.orders import Orders
from worker.bot.views.card import Card
from worker.bot.views.job_card import job_keyboard
from worker.bot.views.keyboards import pressed
from worker.bot.views.money_format import price_seen
from worker.bot.views.offer_card import offer_card
from worker.jobs.cancellation import take_back
from worker.jobs.message_index import MessageIndex
from worker.jobs.store import JobStore
from worker.model import Job
from worker.users.plain_text import PlainText
from worker.users.store import UserStore


def setup() -> Router:
    """Return the router; it must come after those that wait for words."""
    router = Router(name="plain text")
    router.message.register(
        take_words, F.text, ~F.text.startswith("/"), AddressedToBot(), WithOrderDialog()
    )
    router.callback_query.middleware(Debounce())
    on_offer = (OnMessage(), WithOrderDialog())
    router.callback_query.register(make, CreateFrom.filter(), *on_offer)
    router.callback_query.register(make_from_last, CreateFromLast.filter(), *on_offer)
    router.callback_query.register(undo, TakeBack.filter(), *on_offer)
    return router


async def take_words(message: Message, dialog: OrderDialog, jobs: JobStore) -> None:
    """Order what the settings say, or ask: words may be no order, and a job costs money."""
    t, user, words = dialog.current_user.t, dialog.current_user.user, await own_words(message)
    if not words:
        await message.reply(t("words-unseen"))
        return
    is_private = message.chat.type == ChatType.PRIVATE
    last = await last_result(jobs, user.id, message.chat.id) if is_private else None
    found = choices(last, words, user.plain_text_choice)
    limit = max(prompt_limit(dialog.card(choice.draft).model) for choice in found)
    if len(words) > limit:
        await decline(message, dialog.state, t, len(words), limit)
        return
    draft = at_once(last, words, user.plain_text) if is_private else None
    # Forwarded words were not written to the bot.
    if draft and message.forward_origin is None:
        await _order(replace(dialog, undoable=True), draft, words)
        return
    card = await _offer(dialog, last, found, words)
    await message.reply(card.text, reply_markup=card.keyboard)


async def make(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    callback_data: CreateFrom,
    card: Message,
    dialog: OrderDialog,
    jobs: JobStore,
    users: UserStore,
) -> None:
    """Make something new from the words."""
    work, user_id = callback_data.work, dialog.current_user.user.id
    kind = PlainText.VIDEO if work is Work.VIDEO else PlainText.IMAGE
    cause = f"{card.message_id}:{work}"
    is_ordered = await _take_choice(callback, card, dialog, Choice(kind, Draft(work=work)), cause)
    # Without a result there was nothing to prefer it to.
    if is_ordered and await last_result(jobs, user_id, card.chat.id):
        await users.remember_plain_text_choice(user_id, kind)


async def make_from_last(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    callback_data: CreateFromLast,
    card: Message,
    dialog: OrderDialog,
    orders: Orders,
    users: UserStore,
) -> None:
    """Edit the result that the offer names, or continue it."""
    job = await orders.find_own(dialog.current_user, callback_data.job_id)
    words = card.reply_to_message
    choice = from_last(job, (words and words.text) or "", callback_data.picture) if job else None
    if choice is None:
        await callback.answer(dialog.current_user.t.plain("start-gone"), show_alert=True)
        return
    cause = f"{card.message_id}:{callback_data.job_id}:{callback_data.picture}"
    if await _take_choice(callback, card, dialog, choice, cause):
        await users.remember_plain_text_choice(dialog.current_user.user.id, choice.kind)


async def undo(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    callback_data: TakeBack,
    card: Message,
    dialog: OrderDialog,
    orders: Orders,
    jobs: JobStore,
    messages: MessageIndex,
) -> None:
    """Take back an order that was not sent, and ask in its card what else to do with the words."""
    t, user = dialog.current_user.t, dialog.current_user.user
    job = await orders.find_own(dialog.current_user, callback_data.job_id)
    if job is None:
        await callback.answer(t.plain("stale"), show_alert=True)
        return
    if not (job.taken_back or await take_back(jobs, job)):
        await callback.answer(t.plain("undo-too-late"), show_alert=True)
        now = await jobs.get(job.id)
        if now and not now.files:
            await card.edit_reply_markup(reply_markup=job_keyboard(t, now))
        return
    await callback.answer(t.plain("undone"))
    await messages.forget(card.chat.id, [card.message_id])
    if card.reply_to_message is None or not card.reply_to_message.text:
        await card.edit_text(t("cancelled"))
        return
    words = await own_words(card.reply_to_message)
    last = await last_result(jobs, user.id, card.chat.id)
    others = choices(last, words, user.plain_text_choice, {choice_of(job.request)})
    asked = await _offer(dialog, last, others, words)
    await card.edit_text(asked.text, reply_markup=asked.keyboard)


async def _offer(
    dialog: OrderDialog, last: Job | None, offered: Collection[Choice], words: str
) -> Card:
    prices = [(choice, await _price(dialog, choice.draft, words)) for choice in offered]
    t, user_id = dialog.current_user.t, dialog.current_user.user.id
    improves = dialog.preferences.catalog.has_helper
    return offer_card(t, user_id, last, prices, improves=improves)


async def _take_choice(
    callback: CallbackQuery, card: Message, dialog: OrderDialog, choice: Choice, cause: str
) -> bool:
    """Order it for the price that the button shows, and make the offer the card of the order."""
    t, words = dialog.current_user.t, card.reply_to_message
    if words is None or not words.text:
        await callback.answer(t.plain("words-gone"), show_alert=True)
        return False
    if not (label := pressed(callback)):  # the button was used before
        await callback.answer(t.plain("stale"), show_alert=True)
        return False
    seen = price_seen(t, label, await _price(dialog, choice.draft, words.text))
    draft = choice.draft.model_copy(update={"price": seen})
    is_ordered = await _order(replace(dialog, offer=card), draft, words.text, cause)
    await callback.answer()
    return is_ordered


async def _price(dialog: OrderDialog, draft: Draft, words: str) -> float:
    if dialog.card(draft).model.takes_prompt:
        return await dialog.price(draft, words)
    return dialog.card(draft).price


async def _order(dialog: OrderDialog, draft: Draft, words: str, cause: str | None = None) -> bool:
    """Place the order; words for a model that takes none have said what to do."""
    if dialog.card(draft).model.takes_prompt:
        return await dialog.place(draft, words, cause)
    if draft.choosing or dialog.orders.asks_first(draft, dialog.card(draft).price):
        await dialog.ask(draft)
        return True
    return await dialog.start(draft, cause) is not None
