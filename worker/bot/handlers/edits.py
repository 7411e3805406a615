"""Edits of messages that started a job: say that the job stays as it is."""

from aiogram import Router
from aiogram.types import Message

from infra.telegram.ephemeral import reply_to_asker
from worker.bot.current_user import CurrentUser
from worker.bot.mention import fingerprint
from worker.jobs.store import JobStore

#: The number of the user's newest jobs that are searched for an edited message.
RECENT = 20


def setup() -> Router:
    router = Router(name="edits")
    router.edited_message.register(explain)
    return router


async def explain(message: Message, current_user: CurrentUser, jobs: JobStore) -> None:
    """Answer if the words have changed: Telegram also reports edits of other things, and of any message."""
    page = await jobs.page(user_id=current_user.user.id, limit=RECENT)
    requests = [job.request for job in page.jobs if job.request.chat_id == message.chat.id]
    known = [request.fingerprints.get(message.message_id) for request in requests]
    if any(known) and fingerprint(message) not in known:
        await reply_to_asker(message, current_user.t("edited"))
