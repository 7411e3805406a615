"""Cancellation requests for jobs; worker/generation/cancel.py carries them out."""

from worker.jobs.store import JobStore
from worker.model import CANCELLABLE, UNPOSTED, Job, Status

# A running submit holds its job until its outcome is known: a poll now would take it for a crashed one.
_BUSY = frozenset({Status.SUBMITTING})
_IDLE = CANCELLABLE - _BUSY


async def request_cancellation(jobs: JobStore, job: Job) -> bool:
    """Record a cancellation request and schedule a poll; False if it is too late."""
    # The job may change between these statuses meanwhile.
    return (
        await jobs.move(job, _IDLE, due=0, cancel_requested=True)
        or await jobs.move(job, _BUSY, due="unchanged", cancel_requested=True)
        or await jobs.move(job, _IDLE, due=0, cancel_requested=True)
    )


async def take_back(jobs: JobStore, job: Job) -> bool:
    """Cancel a job that was not sent to fal, at no cost, and give up its card; False if it is too late."""
    return await jobs.move(
        job, UNPOSTED, due=0, cancel_requested=True, taken_back=True, progress_message_id=None
    )
