"""Submit a job to fal: the one POST that costs money. The intent is stored before it, the outcome after it."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from loguru import logger

from infra.errors import Ambiguous, FailureKind, NotSent, ProviderError, StorageError
from infra.fal.model import Work
from infra.fal.models_map import model
from infra.fal.submit_base import Hosted
from infra.fal.tasks import TaskId
from infra.redis.client import write_until_taken
from infra.storage.file_urls import Links
from worker.generation.cancel import cancel, is_cancellable
from worker.generation.context import Generation
from worker.generation.finish import fail
from worker.generation.job_task import job_task
from worker.generation.lease import LEASE_SECONDS, hold_lease
from worker.generation.prepare import needs_preparing, prepare
from worker.generation.retry import is_over, problem_of, shown_meanwhile, try_later
from worker.jobs.fal_webhooks import webhook_url
from worker.jobs.store import NoLaterThan
from worker.model import WAITING, Job, Status

# Seconds that fal may take to fetch an image, in addition to the job's maximum time.
LINK_SECONDS = 600


@job_task
async def submit(generation: Generation, job: Job) -> None:
    """Submit a created job, or prepare it first; a second run finds it in submission and stops."""
    if is_cancellable(job):
        await cancel(generation, job)
        return
    if needs_preparing(generation, job):
        await prepare(generation, job)
        return
    stated = await _store_intent(generation, job)
    if stated:
        intent, until = stated
        with hold_lease(generation.due, job.id, until):
            await _post(generation, intent)


def _webhook_token(generation: Generation, job: Job) -> str | None:
    """Return the one token of a job, so that a webhook of an earlier try stays valid."""
    return (job.webhook_token or secrets.token_urlsafe(24)) if generation.public_url else None


async def _store_intent(generation: Generation, job: Job) -> tuple[Job, int] | None:
    """Store the intent; return the job and its lease's end, None if another run submits it or it has to wait."""
    now = generation.clock()
    stated: dict[str, Any] = {
        "deadline": job.deadline or now + generation.polling.max_wait,
        "webhook_token": _webhook_token(generation, job),
        "usual": await generation.durations.usual(job.request.model),
        "position": None,
    }
    until = await generation.jobs.begin(
        job, WAITING, Status.SUBMITTING, lease_seconds=LEASE_SECONDS, **stated
    )
    if until is None:
        return None
    stated |= {"status": Status.SUBMITTING, "updated_at": now}
    return job.model_copy(update=stated), until


async def _post(generation: Generation, job: Job) -> None:
    async with shown_meanwhile(generation, job):
        record = await _outcome(generation, job)
    # Only this process knows fal's answer.
    await write_until_taken(record)


async def _outcome(generation: Generation, job: Job) -> Callable[[], Awaitable[Any]]:
    """Post the job; return the function that records the outcome."""
    submitting = {Status.SUBMITTING}
    try:
        task = await _request(generation, job)
    except NotSent as error:
        return partial(_wait_or_end, generation, job, error)
    except Ambiguous as error:
        logger.warning("submit is unconfirmed: job {}: {}", job.id, error)
        # Wait for fal's webhook: another POST could pay twice.
        doubt: dict[str, Any] = {"due": 0, "problem": None}
        return partial(generation.jobs.move, job, submitting, Status.UNCONFIRMED, **doubt)
    except ValueError as error:
        refused = ProviderError(FailureKind.BAD_INPUT, str(error))
        return partial(fail, generation, job, submitting, refused)
    except ProviderError as error:
        return partial(fail, generation, job, submitting, error)
    return partial(_follow, generation, job, task, generation.clock())


async def _follow(generation: Generation, job: Job, task: TaskId, since: float) -> None:
    polling = generation.polling
    # A webhook that came meanwhile has scheduled a poll already.
    look = NoLaterThan(min(polling.first_poll, polling.poll_interval))
    known: dict[str, Any] = {
        "task": task.dumps(),
        "submitted_at": since,
        "attempts": 0,
        "problem": None,
        # Earlier waits do not count against fal's time.
        "deadline": generation.clock() + polling.max_wait,
    }
    in_doubt = {Status.SUBMITTING, Status.UNCONFIRMED}
    if await generation.jobs.move(job, in_doubt, Status.QUEUED, due=look, **known):
        return
    ended = await generation.jobs.get(job.id)
    if ended and ended.ended_in_doubt and not ended.task:
        # Redis was unavailable past the deadline, and another worker has given up the job, which is paid for.
        logger.info(
            "submit accepted by fal after the job's end: job {}, was {}", job.id, ended.status
        )
        known |= {"finished_at": None, "failure": None, "detail": None}
        await generation.jobs.move(ended, {ended.status}, Status.QUEUED, due=look, **known)


async def _request(generation: Generation, job: Job) -> TaskId:
    request = job.request
    options: dict[str, Any] = {
        **request.options,
        "model": request.model,
        "webhook_url": _webhook_url(generation, job),
    }
    match model(request.model).work:
        case Work.IMAGE:
            return await generation.images.submit_image(request.prompt, **options)
        case Work.VIDEO:
            clip = _video_options(options)
            return await generation.videos.submit_video_from_text(request.prompt, *clip, **options)
        case Work.IMAGE_TO_VIDEO:
            pictures, _ = await _hosted(generation, job)
            clip = _video_options(options)
            return await generation.videos.submit_video_from_image(
                pictures[0], request.prompt, *clip, **options
            )
        case Work.IMAGE_EDIT | Work.INPAINTING | Work.UPSCALE:
            pictures, mask = await _hosted(generation, job)
            return await generation.images.submit_image_edit(
                pictures, request.prompt, mask, **options
            )


def _video_options(options: dict[str, Any]) -> tuple[Any, Any, Any]:
    duration, aspect, audio = (options.pop(name, None) for name in ("duration", "aspect", "audio"))
    return duration, aspect, audio


async def _hosted(generation: Generation, job: Job) -> tuple[list[Hosted], Hosted | None]:
    """Return the URLs of the images and of the mask; our own URLs are signed for this submit only.

    Raises ValueError if the model needs other inputs, NotSent if the storage cannot sign URLs now.
    """
    with_mask = job.request.mask is not None
    model(job.request.model).check_pictures(len(job.request.pictures), with_mask=with_mask)
    urls = [*job.picture_urls, *([job.mask_url] if job.mask_url else [])]
    if generation.links:
        # fal reads them when it starts the job, which may be after a long time in its queue.
        life = generation.polling.max_wait + LINK_SECONDS
        urls = await _signed(generation.links, job.inputs, life)
    hosted = [Hosted(url) for url in urls]
    return (hosted[:-1], hosted[-1]) if with_mask else (hosted, None)


async def _signed(links: Links, keys: Sequence[str], life: float) -> list[str]:
    try:
        return [await links.url(key, life) for key in keys]
    except StorageError as error:
        raise NotSent(FailureKind.STORAGE, str(error)) from error


def _webhook_url(generation: Generation, job: Job) -> str | None:
    if generation.public_url is None or job.webhook_token is None:
        return None
    return webhook_url(generation.public_url, job.id, job.webhook_token)


async def _wait_or_end(generation: Generation, job: Job, error: NotSent) -> None:
    if is_over(generation, job):
        await fail(generation, job, {Status.SUBMITTING}, error)
        return
    problem, asked = problem_of(generation, job, error.kind), error.retry_after
    await try_later(generation, job, error, problem, back_to=Status.CREATED, asked=asked)
