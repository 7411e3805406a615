"""Sending a result. Telegram has no idempotency key: the intent is stored, then it is sent, then the messages noted.

A crash in between repeats one message at the most, and loses none.
"""

from pathlib import PurePosixPath
from typing import Any

from infra.telegram.delivery import (
    Media,
    Migrated,
    Place,
    Postponed,
    Refused,
    Streamed,
    Unreachable,
)
from worker.bot.job_card import result_caption
from worker.generation.context import Generation
from worker.generation.end import end
from worker.generation.lease import LEASE_SECONDS, kept
from worker.jobs import File, Job, Status


async def deliver(generation: Generation, job_id: str, step: str = "") -> None:
    """Send the files of a collected job; whoever comes second finds it being sent."""
    job = await generation.jobs.get_at(job_id, step)
    until = generation.clock() + LEASE_SECONDS
    if job and await generation.jobs.move(job, {Status.COLLECTED}, Status.DELIVERING, due=until):
        with kept(generation.due, job.id, until):
            await _send(generation, job)


async def _send(generation: Generation, job: Job) -> None:
    place = Place(job.chat_id, job.request.thread_id, job.request.message_id)
    media = [_media(generation, file) for file in job.files]
    caption = result_caption(generation.texts, job)
    try:
        sent = await generation.delivery.send_results(place, media, caption)
    except Postponed as postponed:
        await _put_off(generation, job, postponed.seconds)
    except Migrated as migrated:
        await generation.jobs.note(job.id, migrated_chat_id=migrated.chat_id)
        await _put_off(generation, job, 0)
    except Unreachable as outcome:
        # The result stays in the person's history; nobody is there to read a message about it.
        await end(generation, job, {Status.DELIVERING}, Status.DONE, detail=str(outcome))
    except Refused as refusal:
        reason: dict[str, Any] = {
            "failure": "unknown",
            "detail": f"Telegram refused the result: {refusal}",
        }
        await end(generation, job, {Status.DELIVERING}, Status.FAILED, **reason)
    else:
        await end(generation, job, {Status.DELIVERING}, Status.DONE, sent_message_ids=sent)


async def _put_off(generation: Generation, job: Job, seconds: float) -> None:
    due = generation.clock() + seconds
    await generation.jobs.move(job, {Status.DELIVERING}, Status.COLLECTED, due=due)


def _media(generation: Generation, file: File) -> Media:
    return Media(
        file=_stream(generation, file.key),
        content_type=file.content_type,
        size=file.size,
        width=file.width,
        height=file.height,
        duration=file.duration,
        thumbnail=_stream(generation, file.thumbnail) if file.thumbnail else None,
    )


def _stream(generation: Generation, key: str) -> Streamed:
    return Streamed(lambda: generation.storage.read(key), PurePosixPath(key).name)
