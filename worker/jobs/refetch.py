"""Fetch a result again that could not be had: it is paid for, and fal keeps it for longer than a job waits for it."""

from infra.errors import FailureKind
from worker.jobs.store import JobStore
from worker.model import Job, Status
from worker.queues.names import Task

#: Seconds: fal's CDN has failed for 18 minutes before.
PATIENCE = 1800
# A task that has not begun after so long was lost.
_BEGIN_SECONDS = 10

UNFETCHED = frozenset({FailureKind.RESULT_UNREACHABLE, FailureKind.RESULT_UNSTORED})


def is_unfetched(job: Job) -> bool:
    """Whether fal has made it and it never became ours."""
    return job.status is Status.FAILED and job.failure in UNFETCHED


async def fetch_again(jobs: JobStore, job: Job) -> bool:
    """Go on where it had failed; False: somebody else did before, or it ended otherwise."""
    if not is_unfetched(job):
        return False
    known = bool(job.result_urls)
    return await jobs.move(
        job,
        None,
        Status.COMPLETED if known else Status.RUNNING,
        due=_BEGIN_SECONDS if known else 0,
        then=Task.COLLECT if known else None,
        deadline=jobs.clock() + PATIENCE,
        attempts=0,
        tries=0,
        trouble=None,
        failure=None,
        detail=None,
        finished_at=None,
    )
