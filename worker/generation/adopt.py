"""Take over a request that fal has although the answer to its submit was lost: a webhook or a look-up names it."""

from typing import Any, Literal

from loguru import logger

from infra.fal.client import FalClient
from infra.fal.tasks import TaskId, TaskStatus
from worker.generation.policies import PollingPolicy
from worker.generation.poll import Poller
from worker.jobs.store import JobStore
from worker.model import ADOPTABLE, Job, Status


class Adopter:
    """Each step is refused for a request that another job has."""

    def __init__(
        self, jobs: JobStore, fal: FalClient, poller: Poller, polling: PollingPolicy
    ) -> None:
        self._jobs = jobs
        self._fal = fal
        self._poller = poller
        self._polling = polling

    async def adopt(
        self, job: Job, request_id: str, *, due: float | Literal["unchanged"] = "unchanged"
    ) -> bool:
        """Continue the job as if its submit had been answered; False if another step came first."""
        now = self._jobs.clock()
        known: dict[str, Any] = {"task": self.task(job, request_id).dumps(), "submitted_at": now}
        known |= {"deadline": now + self._polling.max_wait, "problem": None, "attempts": 0}
        return await self._jobs.move(job, ADOPTABLE, Status.QUEUED, due=due, **known)

    async def accept_late_result(self, job: Job, task: TaskId, status: TaskStatus) -> bool:
        """Resume a job that was given up and is paid for; False if another step came first."""
        taken = await self._poller.complete(job, {job.status}, status, task=task.dumps())
        if taken:
            logger.info("late result accepted: job {}, was {}", job.id, job.status)
        return taken

    def task(self, job: Job, request_id: str) -> TaskId:
        return self._fal.rebuild_task(job.request.model, request_id)
