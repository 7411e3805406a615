"""A result that nobody wants: its messages, files and record go, once the person has said so twice."""

from aiogram import Bot, F, Router
from aiogram.types import CallbackQuery
from loguru import logger

from infra.errors import StorageError
from infra.telegram.delivery import Delivery, Postponed
from worker.bot.callbacks import Action, OnResult
from worker.bot.filters import OnJob
from worker.bot.result_card import ask_deletion_keyboard
from worker.bot.shown import ShownJob
from worker.bot.visitor import Visitor
from worker.deletion import Deletion, shown_in
from worker.jobs import TERMINAL


def setup() -> Router:
    router = Router(name="deleting")
    asked = OnResult.filter(F.action == Action.ASK_DELETE)
    router.callback_query.register(ask, asked, OnJob(for_admins=True))
    confirmed = OnResult.filter(F.action == Action.DELETE)
    router.callback_query.register(delete, confirmed, OnJob(for_admins=True))
    return router


async def ask(callback: CallbackQuery, shown: ShownJob, visitor: Visitor) -> None:
    await callback.answer(visitor.say.plain("ask-delete"))
    await shown.show(ask_deletion_keyboard(visitor.say, shown.job))


async def delete(
    callback: CallbackQuery, shown: ShownJob, visitor: Visitor, deletion: Deletion, bot: Bot
) -> None:
    job = shown.job
    if job.status not in TERMINAL:
        text = visitor.say.plain("delete-unfinished", id=job.id)
        await callback.answer(text, show_alert=True)
        return
    try:
        removed = await deletion.delete(job, Delivery(bot))
    except (StorageError, Postponed) as error:
        logger.warning("job {}: not deleted: {}", job.id, error)
        await callback.answer(visitor.say.plain("delete-unable"), show_alert=True)
        return
    key = "deleted" if removed else "deleted-but-messages"
    await callback.answer(visitor.say.plain(key), show_alert=not removed)
    if not removed or shown.message.message_id not in shown_in(job):
        await shown.show(None)
