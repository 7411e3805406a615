"""Carrying out a wish to cancel (worker/jobs/cancellation.py), where fal is spoken to anyway: in a look."""

from loguru import logger

from infra.errors import ProviderError
from infra.fal.tasks import CancelOutcome, TaskId
from worker.generation.context import Generation
from worker.generation.finish import end
from worker.model import AT_FAL, Cancellation, Job, Status

_UNSENT = frozenset({Status.CREATED, Status.PREPARING})
# fal's type of a failure that we have asked for: https://docs.fal.ai/model-apis/errors
_ASKED_FOR = "client_cancelled"


def is_wished(job: Job) -> bool:
    """Whether something can be done about a wish now; a submit that is on its way has to arrive first."""
    unasked = job.status in AT_FAL and job.cancellation is None
    return job.cancel_requested and (unasked or job.status in _UNSENT)


def is_fulfilled(job: Job, error: ProviderError) -> bool:
    """Whether a failure is what came of the wish."""
    asked = job.cancellation is Cancellation.REQUESTED
    return job.cancel_requested and (asked or error.error_type == _ASKED_FOR)


async def cancel(generation: Generation, job: Job) -> Job | None:
    """Do what the wish comes to where the job stands; the job if it is to be followed, None if it has ended."""
    if job.status in _UNSENT:
        await finish_cancelled(generation, job, Cancellation.UNSENT)
        return None
    match await cancel_at_fal(generation, job):
        case CancelOutcome.REMOVED:
            await finish_cancelled(generation, job, Cancellation.REMOVED)
            return None
        case CancelOutcome.REQUESTED:
            return await _note_request(generation, job)
        case _:
            return job


async def cancel_at_fal(generation: Generation, job: Job) -> CancelOutcome:
    """Ask fal to stop; unknown as well when it could not be asked."""
    try:
        return await generation.fal.cancel(TaskId.loads(job.task or ""))
    except ProviderError as error:
        logger.warning("job {}: fal could not be asked to cancel it: {}", job.id, error)
        return CancelOutcome.UNKNOWN


async def finish_cancelled(generation: Generation, job: Job, outcome: Cancellation) -> None:
    """End the job as cancelled, unless something else has happened to it meanwhile."""
    expected = _UNSENT if job.status in _UNSENT else AT_FAL | {job.status}
    await end(generation, job, expected, Status.CANCELLED, cancellation=outcome)


async def _note_request(generation: Generation, job: Job) -> Job:
    asked = Cancellation.REQUESTED
    # A webhook that came meanwhile has set the next look.
    await generation.jobs.move(job, AT_FAL, due="unchanged", cancellation=asked)
    return job.model_copy(update={"cancellation": asked})
