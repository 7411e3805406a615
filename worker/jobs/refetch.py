"""Repeated download of a paid result whose download had failed: fal keeps it longer than a job waits for it."""

from infra.errors import FailureKind
from worker.jobs.store import JobStore
from worker.model import Job, Status
from worker.queues.names import Task

#: Seconds. fal's CDN has had an outage of 18 minutes.
COLLECT_TIMEOUT = 1800
# A task that has not started after this time was lost.
_BEGIN_SECONDS = 10

UNFETCHED = frozenset({FailureKind.RESULT_UNREACHABLE, FailureKind.RESULT_UNSTORED})


def is_unfetched(job: Job) -> bool:
    """Return whether fal has a result that could not be stored."""
    return job.status is Status.FAILED and job.failure in UNFETCHED


async def fetch_again(jobs: JobStore, job: Job) -> bool:
    """Resume a job at the failed download; False if it was resumed before or ended otherwise."""
    if not is_unfetched(job):
        return False
    known = bool(job.result_urls)
    return await jobs.move(
        job,
        None,
        Status.COMPLETED if known else Status.RUNNING,
        due=_BEGIN_SECONDS if known else 0,
        then=Task.COLLECT if known else None,
        deadline=jobs.clock() + COLLECT_TIMEOUT,
        attempts=0,
        tries=0,
        problem=None,
        failure=None,
        detail=None,
        finished_at=None,
    )
