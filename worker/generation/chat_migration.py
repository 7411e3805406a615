"""A group that has become a supergroup: Telegram's `migrate_to_chat_id`.

https://core.telegram.org/bots/api#responseparameters
"""

from collections.abc import Sequence

from worker.jobs.store import JobStore
from worker.model import Job


async def continue_in_supergroup(store: JobStore, jobs: Sequence[Job], chat_id: int) -> None:
    """Continue in the chat that the group of these jobs has become, with a new card.

    The first job of a set, whose messages lead here, comes last: after a crash they lead here again.
    """
    for job in reversed(jobs):
        await store.update_fields(job.id, migrated_chat_id=chat_id, progress_message_id=None)
