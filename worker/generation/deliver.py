"""Sending a result. Telegram has no idempotency key: the intent is stored, then it is sent, then the messages noted.

A crash in between repeats one message or one album at the most, and loses none.
"""

from contextlib import suppress
from typing import Any

from loguru import logger

from infra.errors import FailureKind, NotStored, StorageError
from infra.telegram.delivery import Place, Sent
from infra.telegram.media import Shape, shape_of
from infra.telegram.outcomes import Away, Migrated, Refused, Unreachable
from worker.bot.result_card import Elsewhere, album_card, result_caption, result_keyboard
from worker.generation.context import Generation
from worker.generation.end import AWAY_SECONDS, end
from worker.generation.lease import LEASE_SECONDS, kept
from worker.generation.naming import of_job
from worker.jobs import File, Job, Status
from worker.media import as_media
from worker.messages import Shown

# Of a file that is too large for Telegram.
LINK_SECONDS = 7 * 24 * 3600
# Between two looks at a storage that is away.
STORAGE_SECONDS = 5


@of_job
async def deliver(generation: Generation, job: Job) -> None:
    """Send the files of a collected job; whoever comes second finds it being sent."""
    until = generation.clock() + LEASE_SECONDS
    if await generation.jobs.move(job, {Status.COLLECTED}, Status.DELIVERING, due=until):
        with kept(generation.due, job.id, until):
            await _deliver(generation, job)


async def _deliver(generation: Generation, job: Job) -> None:
    try:
        sent = await _send(generation, job)
    except Away as away:
        seconds = away.retry_after or AWAY_SECONDS
        await generation.progress.give_way(job.chat_id, seconds)
        await _put_off(generation, job, seconds)
    except Migrated as migrated:
        await generation.progress.follow(job, migrated.chat_id)
        await _put_off(generation, job, 0)
    except NotStored:
        gone: dict[str, Any] = {"failure": FailureKind.RESULT_GONE}
        await end(generation, job, {Status.DELIVERING}, Status.FAILED, **gone)
    except StorageError as error:
        generation.meter.count("darkroom_storage_errors_total")
        logger.warning("job {}: its result cannot be read yet: {}", job.id, error)
        await _put_off(generation, job, STORAGE_SECONDS)
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


async def _send(generation: Generation, job: Job) -> tuple[int, ...]:
    # An earlier try may have come as far as to the buttons.
    shown = job.sent_message_ids or await _send_files(generation, job)
    if len(job.files) == 1:
        return shown
    return shown + await _send_buttons(generation, job)


async def _send_files(generation: Generation, job: Job) -> tuple[int, ...]:
    say = generation.texts.speaking(job.request.language)
    caption = result_caption(
        say, job, await _author(generation, job), await _elsewhere(generation, job)
    )
    sent = await generation.delivery.send_results(
        _place(job),
        [as_media(file, generation.storage) for file in job.files],
        caption,
        result_keyboard(say, generation.offering, job) if len(job.files) == 1 else None,
    )
    files = tuple(map(_known, job.files, sent))
    ids = tuple(message.message_id for message in sent)
    shown = {message_id: Shown(job.id, number) for number, message_id in enumerate(ids)}
    await generation.messages.note(job.chat_id, shown)
    await generation.jobs.note(job.id, files=files, sent_message_ids=ids)
    return ids


async def _send_buttons(generation: Generation, job: Job) -> tuple[int, ...]:
    """Telegram takes no buttons with an album: they stand in a message of their own."""
    say = generation.texts.speaking(job.request.language)
    card = album_card(say, generation.offering, job)
    with suppress(Refused):  # the result itself is there
        sent = await generation.delivery.send_card(_place(job), card.text, card.keyboard)
        await generation.messages.note(job.chat_id, {sent: Shown(job.id)})
        return (sent,)
    return ()


async def _put_off(generation: Generation, job: Job, seconds: float) -> None:
    due = generation.clock() + seconds
    await generation.jobs.move(job, {Status.DELIVERING}, Status.COLLECTED, due=due)


async def _author(generation: Generation, job: Job) -> str | None:
    """Who asked for it, where others see it too."""
    if job.chat_id > 0:
        return None
    return (await generation.people.get(job.request.person_id)).name


async def _elsewhere(generation: Generation, job: Job) -> list[Elsewhere]:
    links = generation.links
    return [
        Elsewhere(file, await links.url(file.key, LINK_SECONDS) if links else None)
        for file in job.files
        if shape_of(file) is Shape.LINK
    ]


def _known(file: File, sent: Sent) -> File:
    """With the ids by which Telegram sends it again: as it was seen, and every byte of it."""
    if sent.shape is Shape.DOCUMENT:
        file = file.model_copy(update={"document_id": sent.file_id})
    as_it_is = sent.shape is shape_of(file)
    return file.model_copy(update={"file_id": sent.file_id}) if as_it_is else file


def _place(job: Job) -> Place:
    return Place(job.chat_id, job.request.thread_id, job.answers_message_id)
