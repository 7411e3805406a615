"""A step that ended in no way that was foreseen, by an error or with its process, is tried so often and no more."""

from typing import Any

from loguru import logger

from infra.errors import FailureKind
from worker.generation.context import Generation
from worker.generation.finish import end
from worker.model import ACTIVE, Job, Status, Undelivered

# Processes are killed for reasons of their own too: a job is blamed for so many.
MAX_ATTEMPTS = 5
#: Whoever looks at a job and finds it so finds a step whose lease has run out.
BEGUN = frozenset({Status.PREPARING, Status.COLLECTING, Status.DELIVERING})


async def is_given_up(generation: Generation, job: Job, reason: str) -> bool:
    """Count a stumble; after the last the job is set aside, and its person hears of it.

    One whose result is stored has not failed: it is done, and says where the result is.
    """
    tries = job.tries + 1
    await generation.jobs.update_fields(job.id, tries=tries)
    logger.warning("job {}: {} did not end well ({}), {}. time", job.id, job.status, reason, tries)
    if tries < MAX_ATTEMPTS:
        return False
    await generation.dead_letters.add_dead_letter(job, reason)
    logger.error("job {} was set aside; `darkroom dead-letters list` shows it", job.id)
    if job.files:
        unsent: dict[str, Any] = {"undelivered": Undelivered.REFUSED, "detail": reason}
        await end(generation, job, ACTIVE, Status.DONE, **unsent)
    else:
        failed: dict[str, Any] = {"failure": FailureKind.UNKNOWN, "detail": reason}
        await end(generation, job, ACTIVE, Status.FAILED, **failed)
    return True
