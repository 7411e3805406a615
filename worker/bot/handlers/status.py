"""/status: the progress of a job, for its author and for admins."""

from collections.abc import Sequence

from aiogram import F, Router
from aiogram.filters import CommandObject
from aiogram.types import Message

from infra.i18n import Phrases
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.current_user import CurrentUser
from worker.bot.filters import Command
from worker.bot.services.orders import Orders, reply_to_card
from worker.bot.views.job_card import active_line
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.jobs.store import JobStore
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
        await reply_to_asker(
            message, await orders.explain_missing(current_user, command.args or "")
        )
        return
    await _show(message, current_user, orders, messages, job)


async def show_latest(
    message: Message,
    current_user: CurrentUser,
    orders: Orders,
    messages: MessageIndex,
    jobs: JobStore,
) -> None:
    """Show the newest job, and list the other orders that wait."""
    job = await orders.latest(current_user)
    if job is None:
        await reply_to_asker(message, current_user.t("status-none"))
        return
    kept = await jobs.get_many(await jobs.kept_ids(current_user.user.id))
    others = [each for each in kept if each.id != job.id]
    await _show(message, current_user, orders, messages, job, _listed(current_user.t, others))


def _listed(t: Phrases, kept: Sequence[Job]) -> str:
    """Return the kept orders as HTML, each with the command that cancels it; empty if there are none."""
    if not kept:
        return ""
    lines = [t("status-kept-orders"), *(active_line(t, job) for job in kept)]
    cancelled = t("status-how-to-cancel", id=kept[0].id)
    return "\n".join(["", "", *lines, cancelled])


async def _show(  # noqa: PLR0913, PLR0917 - what an answer shows
    message: Message,
    current_user: CurrentUser,
    orders: Orders,
    messages: MessageIndex,
    job: Job,
    others: str = "",
) -> None:
    """Reply to the message that follows the job. The reply itself does not, so it gets no button that becomes stale."""
    card = await orders.card(current_user, job)
    text, keyboard = card.text, card.keyboard
    if job.status in ACTIVE:
        keyboard = None
    if job.status in CANCELLABLE and not job.cancel_requested:
        text += "\n\n" + current_user.t("status-how-to-cancel", id=job.id)
    text += others
    reply = reply_to_card(message, job)
    shown = await message.answer(text, reply_markup=keyboard, reply_parameters=reply)
    await messages.remember(shown, ResultRef(job.id))
