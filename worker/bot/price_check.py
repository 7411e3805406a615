"""Check that a button shows the current price before its press spends."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message, TelegramObject

from infra.money import money
from worker.bot.callback_data import OnResult
from worker.bot.current_user import CurrentUser
from worker.bot.options.catalog import OptionCatalog
from worker.bot.services.job_message import JobMessage
from worker.bot.services.orders import Orders
from worker.bot.views.keyboards import pressed
from worker.bot.views.money_format import priced, says_price
from worker.bot.views.result_buttons import price_of


class PriceCheck(BaseMiddleware):
    """Show a price above the confirmation limit first, if a button under a result has another price or none.

    Prices change with the models; buttons of an earlier release have no price.
    """

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        button: OnResult = data["callback_data"]
        catalog: OptionCatalog = data["catalog"]
        job_message: JobMessage = data["job_message"]
        cost = price_of(catalog, job_message.job, button)
        if cost is None or not isinstance(event, CallbackQuery):
            return await handler(event, data)
        orders: Orders = data["orders"]
        current_user: CurrentUser = data["current_user"]
        label = pressed(event)
        if says_price(job_message.t, label, cost) or not orders.may_surprise(cost):
            return await handler(event, data)
        await event.answer(
            current_user.t.plain("price-now", cost=money(current_user.t, cost)), show_alert=True
        )
        message = event.message
        if isinstance(message, Message) and message.reply_markup:
            now = {"text": priced(job_message.t, label.partition(" · ")[0], cost)}
            rows = [
                [
                    key.model_copy(update=now) if key.callback_data == event.data else key
                    for key in row
                ]
                for row in message.reply_markup.inline_keyboard
            ]
            await message.edit_reply_markup(reply_markup=InlineKeyboardMarkup(inline_keyboard=rows))
        return None
