"""Refused orders that wait: the buttons of a refusal."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from worker.bot.callback_data import KeepOrder
from worker.bot.current_user import CurrentUser
from worker.bot.debounce import Debounce
from worker.bot.filters import OnMessage
from worker.bot.services.order_cards import OrderCards
from worker.bot.services.orders import Orders
from worker.jobs.cancellation import request_cancellation
from worker.jobs.store import JobStore
from worker.limits.limits import OrderRefused
from worker.model import Job


def setup() -> Router:
    router = Router(name="kept orders")
    router.callback_query.middleware(Debounce())
    router.callback_query.register(keep, KeepOrder.filter(), OnMessage())
    return router


async def keep(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    callback_data: KeepOrder,
    card: Message,
    current_user: CurrentUser,
    orders: Orders,
    order_cards: OrderCards,
    jobs: JobStore,
) -> Job | None:
    """Let the refused order wait, for the end of the named job if there is one; its message becomes the card."""
    t = current_user.t
    try:
        kept = await orders.keep(current_user, callback_data.order)
    except OrderRefused as refusal:
        text = t.plain("refused-kept_orders", limit=int(refusal.allowed))
        await callback.answer(text, show_alert=True)
        return None
    if not kept:
        await callback.answer(t.plain("kept-gone"), show_alert=True)
        return None
    instead = await orders.find_own(current_user, callback_data.instead)
    if instead and kept[0].kept:
        # Its end starts the order.
        await request_cancellation(jobs, instead)
    await callback.answer(t.plain("kept-noted" if kept[0].kept else "kept-started"))
    await order_cards.show_on(kept, card)
    return kept[0]
