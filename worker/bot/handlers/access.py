"""The buttons below an access request, for admins."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from worker.bot.callback_data import Decide
from worker.bot.current_user import CurrentUser
from worker.bot.filters import ByAdmin, OnMessage
from worker.bot.services.access_requests import AccessRequests
from worker.bot.views.user_link import identity


def setup() -> Router:
    router = Router(name="access")
    router.callback_query.register(decide, Decide.filter(), ByAdmin(), OnMessage())
    return router


async def decide(
    callback: CallbackQuery,
    callback_data: Decide,
    card: Message,
    current_user: CurrentUser,
    access_requests: AccessRequests,
) -> None:
    user = await access_requests.requested(callback_data.user_id)
    if user is None:
        await callback.answer(current_user.t.plain("access-answered"), show_alert=True)
        await card.edit_reply_markup()
        return
    await callback.answer()
    await access_requests.answer(callback.bot, user, allowed=callback_data.allowed)
    done = "access-allowed" if callback_data.allowed else "access-declined"
    await card.edit_text(current_user.t(done, name=identity(user)["name"], id=str(user.id)))
    await access_requests.close(user)
