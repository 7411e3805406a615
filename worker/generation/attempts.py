"""Limit on the tries of a step that crashes, by an unexpected error or with its process."""

from typing import Any

from loguru import logger

from infra.errors import FailureKind
from worker.generation.context import Generation
from worker.generation.finish import end
from worker.model import ACTIVE, Job, Status, Undelivered

# Crashes before a job becomes a dead letter; a process may also have been killed for another reason.
MAX_ATTEMPTS = 5
#: A poll that finds a job in one of these statuses has found a step whose lease has expired.
BEGUN = frozenset({Status.PREPARING, Status.COLLECTING, Status.DELIVERING})


async def is_given_up(generation: Generation, job: Job, reason: str) -> bool:
    """Count a crash; after the last one add the job to the dead letters, end it and tell its user.

    A job whose result is stored ends as done, and its card says where the result is.
    """
    tries = job.tries + 1
    await generation.jobs.update_fields(job.id, tries=tries)
    logger.warning("step crashed: job {}, {}, try {}: {}", job.id, job.status, tries, reason)
    if tries < MAX_ATTEMPTS:
        return False
    await generation.dead_letters.add_dead_letter(job, reason)
    logger.error(
        "job became a dead letter: {}: {}; see `darkroom dead-letters list`", job.id, reason
    )
    if job.files:
        unsent: dict[str, Any] = {"undelivered": Undelivered.REFUSED, "detail": reason}
        await end(generation, job, ACTIVE, Status.DONE, **unsent)
    else:
        failed: dict[str, Any] = {"failure": FailureKind.UNKNOWN, "detail": reason}
        await end(generation, job, ACTIVE, Status.FAILED, **failed)
    return True
