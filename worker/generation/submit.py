"""The one POST that costs money. Its intent is stored before it, its outcome in the step that ends the intent."""

import secrets
from typing import Any

from loguru import logger

from infra.errors import Ambiguous, FailureKind, NotSent, ProviderError
from infra.fal.tasks import TaskId
from worker.generation.context import Generation, backoff
from worker.generation.end import fail
from worker.generation.lease import LEASE_SECONDS, kept
from worker.jobs import Job, Kind, Status
from worker.webhooks import webhook_url


async def submit(generation: Generation, job_id: str, step: str = "") -> None:
    """Submit a created job; whoever comes second finds it submitting and leaves it alone."""
    job = await generation.jobs.get_at(job_id, step)
    until = generation.clock() + LEASE_SECONDS
    if job is None:
        return
    job = job.model_copy(update={"webhook_token": _webhook_token(generation, job)})
    if await _state_intent(generation, job, until):
        with kept(generation.due, job.id, until):
            await _post(generation, job)


def _webhook_token(generation: Generation, job: Job) -> str | None:
    """One token a job, so that a webhook of an earlier try is still its own."""
    return (job.webhook_token or secrets.token_urlsafe(24)) if generation.public_url else None


async def _state_intent(generation: Generation, job: Job, until: float) -> bool:
    now = generation.clock()
    return await generation.jobs.move(
        job,
        {Status.CREATED},
        Status.SUBMITTING,
        due=until,
        attempts=job.attempts + 1,
        deadline=job.deadline or now + generation.pace.max_wait,
        webhook_token=job.webhook_token,
        position=None,
    )


async def _post(generation: Generation, job: Job) -> None:
    try:
        task = await _request(generation, job)
    except NotSent as error:
        await _try_again(generation, job, error)
    except Ambiguous as error:
        logger.warning("job {}: unconfirmed: {}", job.id, error)
        # It waits for fal's word; posting once more could pay twice.
        now = generation.clock()
        await generation.jobs.move(job, {Status.SUBMITTING}, Status.UNCONFIRMED, due=now)
    except ValueError as error:
        refused = ProviderError(FailureKind.BAD_INPUT, str(error))
        await fail(generation, job, {Status.SUBMITTING}, refused)
    except ProviderError as error:
        await fail(generation, job, {Status.SUBMITTING}, error)
    else:
        due = generation.clock() + generation.pace.poll_interval
        await generation.jobs.move(
            job,
            {Status.SUBMITTING, Status.UNCONFIRMED},
            Status.QUEUED,
            due=due,
            task=task.dumps(),
            attempts=0,
        )


async def _request(generation: Generation, job: Job) -> TaskId:
    request = job.request
    options: dict[str, Any] = {**request.options, "webhook_url": _webhook_url(generation, job)}
    if request.kind is Kind.IMAGE:
        return await generation.images.submit_image(request.prompt, model=request.model, **options)
    return await generation.videos.submit_video_from_text(
        request.prompt,
        options.pop("duration"),
        options.pop("aspect"),
        options.pop("audio"),
        model=request.model,
        **options,
    )


def _webhook_url(generation: Generation, job: Job) -> str | None:
    if generation.public_url is None or job.webhook_token is None:
        return None
    return webhook_url(generation.public_url, job.id, job.webhook_token)


async def _try_again(generation: Generation, job: Job, error: NotSent) -> None:
    now = generation.clock()
    if now > (job.deadline or now + 1):
        await fail(generation, job, {Status.SUBMITTING}, error)
        return
    wait = error.retry_after or backoff(job.attempts)
    logger.info("job {}: not sent ({}), again in {:g} s", job.id, error, wait)
    await generation.jobs.move(job, {Status.SUBMITTING}, Status.CREATED, due=now + wait)
