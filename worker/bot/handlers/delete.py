"""Deletion of a job with its messages, files and record, after a confirmation."""

from aiogram import Bot, F, Router
from aiogram.types import CallbackQuery
from loguru import logger

from infra.errors import StorageError
from infra.telegram.delivery import Delivery
from worker.bot.callback_data import Action, OnResult
from worker.bot.current_user import CurrentUser
from worker.bot.filters import OnJob
from worker.bot.handlers.history import show_page
from worker.bot.services.edit_chain import Steps
from worker.bot.services.history import History
from worker.bot.services.job_message import JobMessage
from worker.bot.views.history_card import way_back
from worker.bot.views.result_questions import ask_deletion_keyboard, ask_deletion_text
from worker.jobs.deletion import Deletion
from worker.jobs.fal_copies import fal_copies
from worker.jobs.store import JobStore
from worker.model import TERMINAL


def setup() -> Router:
    router = Router(name="deleting")
    asked = OnResult.filter(F.action == Action.ASK_DELETE)
    router.callback_query.register(ask, asked, OnJob(for_admins=True))
    confirmed = OnResult.filter(F.action == Action.DELETE)
    router.callback_query.register(delete, confirmed, OnJob(for_admins=True))
    return router


async def ask(
    callback: CallbackQuery,
    callback_data: OnResult,
    job_message: JobMessage,
    current_user: CurrentUser,
    jobs: JobStore,
) -> None:
    await callback.answer(current_user.t.plain("ask-delete"))
    keyboard = ask_deletion_keyboard(job_message.t, job_message.job, callback_data.picture)
    copies = fal_copies(job_message.job, jobs.clock())
    await job_message.ask(ask_deletion_text(job_message.t, copies), keyboard)


async def delete(  # noqa: PLR0913 - aiogram passes what a handler names
    callback: CallbackQuery,
    *,
    job_message: JobMessage,
    current_user: CurrentUser,
    deletion: Deletion,
    history: History,
    steps: Steps,
    bot: Bot,
) -> None:
    job = job_message.job
    if job.status not in TERMINAL:
        text = current_user.t.plain("delete-unfinished", id=job.id)
        await callback.answer(text, show_alert=True)
        return
    try:
        removed = await deletion.delete(job, Delivery(bot))
    except StorageError as error:
        logger.warning("failed to delete job {}: {}", job.id, error)
        await callback.answer(current_user.t.plain("delete-unable"), show_alert=True)
        return
    key = "deleted" if removed else "deleted-but-messages"
    await callback.answer(current_user.t.plain(key), show_alert=not removed)
    if page := way_back(job_message.message.reply_markup):
        await show_page(job_message.message, current_user, history, page.index, page.start)
    elif tip := await steps.tip(current_user, job_message.message):
        await steps.show(current_user, job_message.message, tip, 0)
    elif not removed:
        await job_message.show(None)
