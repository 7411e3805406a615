"""Decorator for the tasks of a job: reads the job by its id and adds its ids to log lines."""

import functools
from collections.abc import Awaitable, Callable

from infra.observability.request_id import about
from infra.observability.tracing import span
from worker.generation.context import Generation
from worker.model import Job

type Task = Callable[[Generation, str, str], Awaitable[None]]


def job_log_context(job: Job) -> about:
    """Add a job's ids to log lines; a job of an earlier version has no request id."""
    return about(job.request_id, job=job.id, chat=job.chat_id)


def job_task(work: Callable[[Generation, Job], Awaitable[None]]) -> Task:
    """Make a task that reads its job and ignores one that has taken another step since it was enqueued."""

    @functools.wraps(work)
    async def task(generation: Generation, job_id: str, step: str = "") -> None:
        job = await generation.jobs.get_at(job_id, step)
        if job:
            with job_log_context(job), span(work.__name__, model=job.request.model):
                await work(generation, job)

    return task
