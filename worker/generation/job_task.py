"""The arq tasks of a job: each reads its job by the id and adds its ids to log lines."""

from collections.abc import Awaitable, Callable

from infra.observability.request_id import about
from infra.observability.tracing import span
from worker.jobs.store import JobStore
from worker.model import Job

type Task = Callable[[str, str], Awaitable[None]]


def job_log_context(job: Job) -> about:
    """Add a job's ids to log lines; a job of an earlier version has no request id."""
    return about(job.request_id, job=job.id, chat=job.chat_id)


def job_task(jobs: JobStore, step: Callable[[Job], Awaitable[None]]) -> Task:
    """Make a task that reads its job and ignores one that has taken another step since it was enqueued."""

    async def task(job_id: str, number: str = "") -> None:
        job = await jobs.get_at(job_id, number)
        if job:
            with job_log_context(job), span(step.__name__, model=job.request.model):
                await step(job)

    return task
