"""A job and all that came of it, gone: its messages, its files, its record."""

from infra.storage import Storage
from infra.telegram.delivery import Delivery, Migrated, Refused, Unreachable
from worker.job_store import JobStore
from worker.jobs import Job
from worker.messages import MessageIndex

# A bot cannot delete older messages: https://core.telegram.org/bots/api#deletemessage
DELETABLE_SECONDS = 48 * 3600


class Deletion:
    def __init__(self, jobs: JobStore, storage: Storage, messages: MessageIndex) -> None:
        self._jobs = jobs
        self._storage = storage
        self._messages = messages

    def reaches_messages(self, job: Job) -> bool:
        """Whether Telegram still lets us delete what we have sent."""
        return self._jobs.clock() - job.created_at < DELETABLE_SECONDS

    async def delete(self, job: Job, delivery: Delivery) -> None:
        """Delete an ended job. The record goes last, so that whoever is interrupted can begin again."""
        if self.reaches_messages(job):
            await self._remove_messages(job, delivery)
        for key in _keys(job):
            await self._storage.delete(key)
        await self._jobs.delete(job)

    async def _remove_messages(self, job: Job, delivery: Delivery) -> None:
        ids = shown_in(job)
        await self._messages.forget(job.chat_id, ids)
        if ids:
            try:
                await delivery.remove(job.chat_id, ids)
            except (Refused, Unreachable, Migrated):
                return  # nobody sees them, or not we can take them away


def shown_in(job: Job) -> set[int]:
    """The messages in its chat that are about it: its card and what came of it."""
    return {*job.sent_message_ids, *filter(None, [job.progress_message_id])}


def _keys(job: Job) -> list[str]:
    thumbnails = [file.thumbnail for file in job.files if file.thumbnail]
    return [*(file.key for file in job.files), *thumbnails, *job.inputs]
