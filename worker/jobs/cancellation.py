"""A wish to cancel a job: noted here, carried out by whoever speaks to fal (worker/generation/cancel.py)."""

from worker.jobs.store import JobStore
from worker.model import CANCELLABLE, Job, Status

# A submit that is on its way holds its job until it knows what became of it: a look now would take it for dead.
_BUSY = frozenset({Status.SUBMITTING})
_IDLE = CANCELLABLE - _BUSY


async def request_cancellation(jobs: JobStore, job: Job) -> bool:
    """Note that a job is not wanted any more, and let it be looked at; False: it is too late for that."""
    # It may go from one to the other and back while we ask.
    return (
        await jobs.move(job, _IDLE, due=0, cancel_requested=True)
        or await jobs.move(job, _BUSY, due="unchanged", cancel_requested=True)
        or await jobs.move(job, _IDLE, due=0, cancel_requested=True)
    )
