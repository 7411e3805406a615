"""The bill of a job whose result came by webhook: only fal's result call has it."""

from loguru import logger

from infra.errors import ProviderError
from infra.fal.client import FalClient
from infra.fal.tasks import TaskId
from worker.limits.billing import charge
from worker.model import Job


class Bills:
    def __init__(self, fal: FalClient) -> None:
        self._fal = fal

    async def fetch(self, job: Job) -> dict[str, float]:
        """Return the job's fields of what fal charges; none if they are stored, or cannot be read now."""
        if job.units is not None or not job.task:
            return {}
        try:
            bill = await self._fal.read_bill(TaskId.loads(job.task))
        except ProviderError as error:
            logger.info("bill request failed: job {}: {}", job.id, error)
            return {}
        return charge(job.request.model, bill)
