"""Deletion of a job: its files, its messages and its record."""

from infra.storage.store import Storage
from infra.telegram.delivery import Delivery
from infra.telegram.outcomes import Migrated, Refused, Unreachable
from worker.jobs.message_index import MessageIndex
from worker.jobs.store import JobStore
from worker.model import Job

# A bot cannot delete older messages: https://core.telegram.org/bots/api#deletemessage
DELETABLE_SECONDS = 48 * 3600


class Deletion:
    def __init__(self, jobs: JobStore, storage: Storage, messages: MessageIndex) -> None:
        self._jobs = jobs
        self._storage = storage
        self._messages = messages

    async def delete(self, job: Job, delivery: Delivery) -> bool:
        """Delete an ended job; False if Telegram did not let the bot delete its messages.

        The messages, which carry the delete button, and the record go last, so that an interrupted deletion can be
        repeated. Raises StorageError and Unavailable.
        """
        for key in job.stored_keys:
            await self._storage.delete(key)
        removed = await self._remove_messages(job, delivery)
        await self._jobs.delete(job)
        return removed

    async def _remove_messages(self, job: Job, delivery: Delivery) -> bool:
        messages = _messages_about(job)
        for chat_id, ids in messages.items():
            await self._messages.forget(chat_id, ids)
        if self._jobs.clock() - job.created_at >= DELETABLE_SECONDS:
            return not messages
        try:
            for chat_id, ids in messages.items():
                await delivery.remove(chat_id, ids)
        except (Refused, Unreachable, Migrated):
            return False
        return True


def _messages_about(job: Job) -> dict[int, set[int]]:
    """Return the ids of the job's card and result messages by chat."""
    results = job.request.user_id if job.in_private else job.chat_id
    messages = {job.chat_id: {*filter(None, [job.progress_message_id])}}
    messages.setdefault(results, set()).update(job.sent_message_ids)
    return {chat_id: ids for chat_id, ids in messages.items() if ids}
