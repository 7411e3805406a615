"""/cancel and the cancel button of an active job, for its author and for admins.

/cancel without an id closes the open card of an order; if there is none, it cancels the newest job.
"""

from aiogram import F, Router
from aiogram.filters import CommandObject, Filter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message
from arq.connections import ArqRedis

from infra.redis.client import first
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.callback_data import Stop, StopAll
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.filters import Command
from worker.bot.services.orders import Orders, reply_to_card
from worker.bot.services.settings_dialog import close_card
from worker.bot.views.wait_time import too_late_to_cancel
from worker.jobs.cancellation import request_cancellation
from worker.jobs.job_set import JobSets
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.model import CANCELLABLE, TERMINAL, Job, Status

# An update is retried for as long as Telegram is unreachable.
CHOSEN_SECONDS = 24 * 3600
_ENDED = {Status.DONE: "cancel-done", Status.CANCELLED: "cancel-cancelled"}


class Ordering(Filter):
    """The card of an order is open."""

    async def __call__(self, _: Message, state: FSMContext) -> bool:
        data = await state.get_data()
        return "card" in data and Draft.model_validate(data).ordering


def setup() -> Router:
    router = Router(name="cancelling")
    router.message.filter(F.text)
    router.message.register(cancel, Command("cancel", magic=F.args))
    router.message.register(close_order, Command("cancel"), Ordering())
    router.message.register(cancel_latest, Command("cancel"))
    router.callback_query.register(press, Stop.filter())
    router.callback_query.register(press_for_all, StopAll.filter())
    return router


async def cancel(
    message: Message,
    command: CommandObject,
    current_user: CurrentUser,
    orders: Orders,
    jobs: JobStore,
) -> None:
    job = await orders.find(current_user, command.args or "")
    if job is None:
        await reply_to_asker(
            message, await orders.explain_missing(current_user, command.args or "")
        )
        return
    await _cancel(message, current_user, jobs, job)


async def close_order(message: Message, state: FSMContext, current_user: CurrentUser) -> None:
    await close_card(message, state)
    await message.reply(current_user.t("cancelled"))


async def cancel_latest(
    message: Message, current_user: CurrentUser, jobs: JobStore, ledger: Ledger, redis: ArqRedis
) -> None:
    """Cancel the newest job that can still be cancelled, or else report on the newest active one."""
    user_id = current_user.user.id
    ids = {*await ledger.in_flight(user_id), *await jobs.kept_ids(user_id)}
    flying = await jobs.get_many(sorted(ids))
    active = [job for job in reversed(flying) if job.status not in TERMINAL]
    if not active:
        await reply_to_asker(message, current_user.t("cancel-none"))
        return
    cancellable = [job for job in active if job.status in CANCELLABLE and not job.cancel_requested]
    # A retry of the update finds this job being cancelled, and must not cancel the next one.
    key = f"darkroom:cancelling:{message.chat.id}:{message.message_id}"
    chosen = await first(redis, key, (cancellable or active)[0].id, CHOSEN_SECONDS)
    job = await jobs.get(chosen)
    if job:
        await _cancel(message, current_user, jobs, job)


async def press(
    callback: CallbackQuery,
    callback_data: Stop,
    current_user: CurrentUser,
    orders: Orders,
    jobs: JobStore,
) -> None:
    job = await orders.find(current_user, callback_data.job_id)
    if job is None:
        await callback.answer(current_user.t.plain("cancel-not-yours"), show_alert=True)
        return
    noted, text = await _try_to_cancel(current_user, jobs, job)
    await callback.answer(text, show_alert=not noted)


async def press_for_all(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    callback_data: StopAll,
    current_user: CurrentUser,
    orders: Orders,
    jobs: JobStore,
    job_sets: JobSets,
) -> None:
    """Cancel those jobs of a set that can still be cancelled."""
    job = await orders.find(current_user, callback_data.job_id)
    if job is None:
        await callback.answer(current_user.t.plain("cancel-not-yours"), show_alert=True)
        return
    tried = [await _try_to_cancel(current_user, jobs, each) for each in await job_sets.members(job)]
    # The text of one that is being cancelled, else why none of them can be.
    noted, text = max(tried, key=lambda each: each[0])
    await callback.answer(text, show_alert=not noted)


async def _cancel(message: Message, current_user: CurrentUser, jobs: JobStore, job: Job) -> None:
    """Cancel a job, and reply to its own message if it is in this chat, because that shows the end."""
    noted, text = await _try_to_cancel(current_user, jobs, job)
    if noted:
        text = current_user.t("cancel-noted-id", id=job.id)
    await message.answer(text, reply_parameters=reply_to_card(message, job))


async def _try_to_cancel(current_user: CurrentUser, jobs: JobStore, job: Job) -> tuple[bool, str]:
    """Request the cancellation; return whether this call did it, and the text to show."""
    t = current_user.t
    if job.cancel_requested and job.status in CANCELLABLE:
        return False, t.plain("cancel-already")
    if await request_cancellation(jobs, job):
        return True, t.plain("cancel-noted")
    now = await jobs.get(job.id)
    if now and now.status not in TERMINAL:
        return False, too_late_to_cancel(t, now, jobs.clock())
    return False, t.plain(_ENDED.get(now.status if now else job.status, "cancel-ended"))
