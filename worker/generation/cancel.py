"""Carry out cancellation requests (worker/jobs/cancellation.py) in a job's poll."""

from loguru import logger

from infra.errors import ProviderError
from infra.fal.client import FalClient
from infra.fal.tasks import CancelOutcome, TaskId
from worker.generation.finish import Finisher
from worker.jobs.store import JobStore
from worker.model import AT_FAL, UNPOSTED, Cancellation, Job, Status

# fal's error type of a job that its client has cancelled: https://docs.fal.ai/model-apis/errors
_CANCELLED_BY_CLIENT = "client_cancelled"


def can_cancel_now(job: Job) -> bool:
    """Return whether a cancellation request can be carried out now; a running submit has to end first."""
    unasked = job.status in AT_FAL and job.cancellation is None
    return job.cancel_requested and (unasked or job.status in UNPOSTED)


def is_fulfilled(job: Job, error: ProviderError) -> bool:
    """Return whether a failure is the result of a cancellation request."""
    asked = job.cancellation is Cancellation.REQUESTED
    return job.cancel_requested and (asked or error.error_type == _CANCELLED_BY_CLIENT)


class Canceller:
    def __init__(self, jobs: JobStore, fal: FalClient, finisher: Finisher) -> None:
        self._jobs = jobs
        self._fal = fal
        self._finisher = finisher

    async def cancel(self, job: Job) -> Job | None:
        """Carry out a cancellation request; return the job if it is still to be polled, None if it has ended."""
        if job.status in UNPOSTED:
            await self.finish(job, Cancellation.UNSENT)
            return None
        match await self.cancel_at_fal(job):
            case CancelOutcome.REMOVED:
                await self.finish(job, Cancellation.REMOVED)
                return None
            case CancelOutcome.REQUESTED:
                asked = Cancellation.REQUESTED
                # A webhook that came meanwhile has scheduled the next poll.
                await self._jobs.move(job, AT_FAL, due="unchanged", cancellation=asked)
                return job.model_copy(update={"cancellation": asked})
            case _:
                return job

    async def cancel_at_fal(self, job: Job) -> CancelOutcome:
        """Ask fal to cancel a job; UNKNOWN if the request failed, too."""
        try:
            return await self._fal.cancel(TaskId.loads(job.task or ""))
        except ProviderError as error:
            logger.warning("cancel request to fal failed: job {}: {}", job.id, error)
            return CancelOutcome.UNKNOWN

    async def finish(self, job: Job, outcome: Cancellation, **charged: float) -> None:
        """End the job as cancelled, unless its status has changed meanwhile."""
        expected = UNPOSTED if job.status in UNPOSTED else AT_FAL | {job.status}
        await self._finisher.end(job, expected, Status.CANCELLED, cancellation=outcome, **charged)
