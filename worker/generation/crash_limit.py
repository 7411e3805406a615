"""Limit on the tries of a step that crashes, by an unexpected error or with its process."""

from loguru import logger

from infra.errors import FailureKind
from worker.generation.finish import Finisher
from worker.jobs.store import JobStore
from worker.model import ACTIVE, Job, Status, Undelivered
from worker.operations.dead_letters import DeadLetterStore

# Crashes before a job becomes a dead letter; a process may also have been killed for another reason.
MAX_ATTEMPTS = 5
#: A poll that finds a job in one of these statuses has found a step whose lease has expired.
BEGUN = frozenset({Status.PREPARING, Status.COLLECTING, Status.DELIVERING})


class CrashLimit:
    def __init__(self, jobs: JobStore, dead_letters: DeadLetterStore, finisher: Finisher) -> None:
        self._jobs = jobs
        self._dead_letters = dead_letters
        self._finisher = finisher

    async def is_reached(self, job: Job, reason: str) -> bool:
        """Count a crash; after the last one add the job to the dead letters, end it and tell its user.

        A job whose result is stored ends as done, and its card says where the result is.
        """
        tries = job.tries + 1
        await self._jobs.update_fields(job.id, tries=tries)
        logger.warning("step crashed: job {}, {}, try {}: {}", job.id, job.status, tries, reason)
        if tries < MAX_ATTEMPTS:
            return False
        await self._dead_letters.add_dead_letter(job, reason)
        logger.error(
            "job became a dead letter: {}: {}; see `darkroom dead-letters list`", job.id, reason
        )
        if job.files:
            await self._finisher.end(
                job, ACTIVE, Status.DONE, undelivered=Undelivered.REFUSED, detail=reason
            )
        else:
            await self._finisher.end(
                job, ACTIVE, Status.FAILED, failure=FailureKind.UNKNOWN, detail=reason
            )
        return True
