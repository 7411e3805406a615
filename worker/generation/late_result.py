"""Results that fal reports after a job was given up: they are paid for, so they are fetched."""

from loguru import logger

from infra.errors import ProviderError
from infra.fal.tasks import TaskState, TaskStatus
from infra.fal.webhooks import read_webhook
from infra.retry import add_jitter
from worker.generation.context import FAILED_POLL_WAIT, Generation
from worker.generation.finish import conclude
from worker.generation.poll import complete
from worker.jobs.fal_webhooks import Webhook
from worker.model import Job


async def accept_late_result(generation: Generation, job: Job, webhook: Webhook) -> float | None:
    """Resume a job for which fal has a result; ignore any other status."""
    try:
        status = read_webhook(webhook.body) or await _ask(generation, job, webhook.request_id)
    except ProviderError as error:
        logger.info("status request after a late webhook failed: job {}: {}", job.id, error)
        return add_jitter(FAILED_POLL_WAIT)
    await generation.webhooks.forget(job.id)
    if status.state is not TaskState.COMPLETED:
        return await conclude(generation, job)
    if await complete(generation, job, {job.status}, status):
        logger.info("late result accepted: job {}, was {}", job.id, job.status)
    return None


async def _ask(generation: Generation, job: Job, request_id: str) -> TaskStatus:
    return await generation.fal.check_status(
        generation.fal.rebuild_task(job.request.model, request_id)
    )
