"""The last result of a chat, which plain text can continue."""

from worker.jobs.store import JobStore
from worker.model import Job, Status

#: The number of a user's newest jobs that are searched.
RECENT = 30


async def last_result(jobs: JobStore, user_id: int, chat_id: int) -> Job | None:
    """Return the user's job whose result was the last one that this chat got, unless it was deleted."""
    page = await jobs.page(user_id=user_id, limit=RECENT)
    sent = [
        job
        for job in page.jobs
        if job.status is Status.DONE
        and job.files
        and not job.is_blind
        and (user_id if job.in_private else job.chat_id) == chat_id
    ]
    return max(sent, key=lambda job: job.finished_at or job.updated_at, default=None)
