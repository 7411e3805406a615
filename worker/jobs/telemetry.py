"""Metrics, spans and log lines of a job's steps."""

from loguru import logger

from infra.observability.metrics import Meter
from infra.observability.tracing import note, record
from worker.model import TERMINAL, Job, Status


class JobSteps:
    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def begin(self, job: Job) -> None:
        self._count(job, Status.CREATED)
        logger.bind(job=job.id).info("job created: {}, {}", job.id, job.request.model)

    def take(self, job: Job, before: Status, after: Status, seconds: float) -> None:
        """Record a step out of a status that lasted `seconds`; `job` may have been read earlier."""
        self._count(job, after)
        kind = job.request.kind.value
        self._meter.observe("darkroom_job_state_seconds", seconds, kind=kind, status=before.value)
        ids = {"request": job.request_id, "job": job.id, "chat": job.chat_id}
        record(f"job {before}", seconds, ids, model=job.request.model, state=before, then=after)
        note(state=after)
        level = "INFO" if after in TERMINAL else "DEBUG"
        logger.bind(job=job.id).log(level, "job {}: {}, was {}", after, job.id, before)

    def fail(self, job: Job, failure: str) -> None:
        note(failure=failure)
        self._meter.count(
            "darkroom_job_failures_total", kind=job.request.kind.value, failure=failure
        )

    def _count(self, job: Job, status: Status) -> None:
        request = job.request
        self._meter.count(
            "darkroom_jobs_total",
            kind=request.kind.value,
            model=request.model,
            status=status.value,
        )
