"""/status: the progress of a job, for its author and for admins."""

from aiogram import F, Router
from aiogram.filters import CommandObject
from aiogram.types import Message

from worker.bot.current_user import CurrentUser
from worker.bot.filters import Command
from worker.bot.services.job_requests import Orders, reply_to_card
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.model import ACTIVE, CANCELLABLE, Job


def setup() -> Router:
    router = Router(name="status")
    router.message.filter(F.text)
    router.message.register(show, Command("status", magic=F.args))
    router.message.register(show_latest, Command("status"))
    return router


async def show(
    message: Message,
    command: CommandObject,
    current_user: CurrentUser,
    orders: Orders,
    messages: MessageIndex,
) -> None:
    """Give unknown, foreign and malformed ids the same answer, so that nobody learns which ids exist."""
    job = await orders.find(current_user, command.args or "")
    if job is None:
        await message.reply(await orders.explain_missing(current_user, command.args or ""))
        return
    await _show(message, current_user, orders, messages, job)


async def show_latest(
    message: Message, current_user: CurrentUser, orders: Orders, messages: MessageIndex
) -> None:
    job = await orders.latest(current_user)
    if job is None:
        await message.reply(current_user.t("status-none"))
        return
    await _show(message, current_user, orders, messages, job)


async def _show(
    message: Message, current_user: CurrentUser, orders: Orders, messages: MessageIndex, job: Job
) -> None:
    """Reply to the message that follows the job. The reply itself does not, so it gets no button that becomes stale."""
    card = await orders.card(current_user, job)
    text, keyboard = card.text, card.keyboard
    if job.status in ACTIVE:
        keyboard = None
    if job.status in CANCELLABLE and not job.cancel_requested:
        text += "\n\n" + current_user.t("status-how-to-cancel", id=job.id)
    reply = reply_to_card(message, job)
    shown = await message.answer(text, reply_markup=keyboard, reply_parameters=reply)
    await messages.remember(shown.chat.id, {shown.message_id: ResultRef(job.id)})
