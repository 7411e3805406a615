"""A group that has become a supergroup: Telegram's `migrate_to_chat_id`.

https://core.telegram.org/bots/api#responseparameters
"""

from worker.jobs.store import JobStore
from worker.model import Job


async def continue_in_supergroup(jobs: JobStore, job: Job, chat_id: int) -> None:
    """Continue in the chat that the job's group has become, with a new card."""
    await jobs.update_fields(job.id, migrated_chat_id=chat_id, progress_message_id=None)
