"""Deliver a result. Telegram has no idempotency key: each send is counted before it and recorded after it.

A stored result always arrives: what Telegram refuses in one form is sent in another (delivery_fallbacks.py), and a
delivery waits until Telegram is available. send_attempts.py limits repeated sends without an answer.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import Any

from aiogram.types import InlineKeyboardMarkup
from loguru import logger

from infra.errors import FailureKind, NotStored, StorageError
from infra.redis.client import write_until_taken
from infra.telegram.delivery import Place, Sent, method_for
from infra.telegram.outcomes import Migrated, Postponed, Refused, Unavailable, Unreachable
from infra.telegram.outgoing_media import Shape, shape_of
from worker.bot.views.card import Card
from worker.bot.views.job_card import SENDS_IN_DOUBT
from worker.bot.views.result_card import (
    album_card,
    result_caption,
    result_keyboard,
    stored_note,
    too_large_note,
)
from worker.generation.context import SEND_RETRY, Generation
from worker.generation.delivery_fallbacks import ALBUM, CARD, SINGLE, Fallback, SendForm, next_form
from worker.generation.finish import end
from worker.generation.job_task import job_task
from worker.generation.lease import LEASE_SECONDS, hold_lease
from worker.generation.send_attempts import RetryLater, Unanswered
from worker.jobs.message_index import ResultRef
from worker.jobs.telegram_media import as_media
from worker.model import File, Job, Status, Undelivered

# Lifetime of a link to a file that is too large for Telegram.
LINK_SECONDS = 7 * 24 * 3600
# Seconds until the next try while the storage is unavailable.
STORAGE_SECONDS = 5
# Telegram's maximum for an album.
ALBUM_SIZE = 10
# After this part of the step's timeout (worker/main.py) the next message is left to the next run: uploads are slow.
RUN_SECONDS = 40


@job_task
async def deliver(generation: Generation, job: Job) -> None:
    """Send the files of a collected job; a second run finds the job in delivery and stops."""
    until = await generation.jobs.begin(
        job, {Status.COLLECTED}, Status.DELIVERING, lease_seconds=LEASE_SECONDS
    )
    if until is not None:
        with hold_lease(generation.due, job.id, until):
            await _deliver(generation, job)


async def _deliver(generation: Generation, job: Job) -> None:
    try:
        await ResultSender(generation, job).send()
    except Unavailable as away:
        await _wait(generation, job, away)
    except Migrated as migrated:
        await generation.progress.follow(job, migrated.chat_id)
        await _put_off(generation, job, 0)
    except NotStored:
        await _end(generation, job, Status.FAILED, failure=FailureKind.RESULT_GONE)
    except StorageError as error:
        generation.meter.count("darkroom_storage_errors_total")
        logger.warning("result cannot be read from the storage yet: job {}: {}", job.id, error)
        await _put_off(generation, job, STORAGE_SECONDS)
    except Unreachable as outcome:
        # The result stays in the user's history; the bot cannot send a message about it.
        await _end(generation, job, undelivered=Undelivered.UNREACHABLE, detail=str(outcome))
    except Refused as refusal:
        reason = f"Telegram refused the result: {refusal}"
        await _end(generation, job, undelivered=Undelivered.REFUSED, detail=reason)
    else:
        await _end(generation, job, delivered=None)


async def _end(
    generation: Generation, job: Job, status: Status = Status.DONE, **changes: Any
) -> None:
    await end(generation, job, {Status.DELIVERING}, status, **changes)


async def _wait(generation: Generation, job: Job, away: Unavailable) -> None:
    """Defer the delivery; problems at Telegram never fail the job."""
    if isinstance(away, Postponed):
        await generation.progress.give_way(job.chat_id, away.seconds)
    seconds = SEND_RETRY.wait(job.attempts, asked=away.retry_after)
    attempts = job.attempts + (away.retry_after is None)
    logger.info("delivery deferred: job {}, {:.0f} s: {}", job.id, seconds, away)
    await _put_off(generation, job, seconds, attempts=attempts)
    waiting = await generation.jobs.get(job.id)
    if waiting and len(waiting.send_attempts) >= SENDS_IN_DOUBT:
        await generation.progress.show(waiting)


async def _put_off(generation: Generation, job: Job, seconds: float, **changes: Any) -> None:
    delivering = {Status.DELIVERING}
    await generation.jobs.move(job, delivering, Status.COLLECTED, due=seconds, **changes)


class ResultSender:
    """The unsent part of a job's result, message by message."""

    def __init__(self, generation: Generation, job: Job) -> None:
        self._generation = generation
        self._job = job
        self._t = generation.texts.speaking(job.request.language)
        self._files = list(job.files)
        self._sent = job.sent_message_ids
        # A job of an earlier version records only that all files were sent.
        self._count = job.delivered or (len(job.files) if job.sent_message_ids else 0)
        self._attempts = job.send_attempts
        self._form = SendForm(job.in_private, frozenset(map(Fallback, job.send_without)))

    async def send(self) -> None:
        """Send the remaining messages. Raises TelegramOutcome, including RetryLater, and StorageError."""
        until = self._generation.clock() + RUN_SECONDS
        while self._count < len(self._files):
            if self._generation.clock() > until:
                raise RetryLater(0)
            await self._send_next()
        if len(self._files) > 1 and self._count == len(self._files):
            await self._send_buttons()

    async def _send_next(self) -> None:
        left = len(self._files) - self._count
        size = 1 if Fallback.TOGETHER in self._form.without else ALBUM_SIZE
        numbers = range(self._count, self._count + min(left, size))
        try:
            await self._try(numbers)
        except (Refused, Unreachable) as refusal:
            await self._use_next_form(numbers, refusal)
        except Unanswered as outcome:
            await self._record_files(
                numbers, undelivered=Undelivered.UNCONFIRMED, detail=str(outcome)
            )

    async def _use_next_form(self, numbers: range, refusal: Refused | Unreachable) -> None:
        """Switch to the next form; raise the refusal if there is none."""
        logger.warning("Telegram refused the result: job {}: {}", self._job.id, refusal)
        possible = ALBUM if len(numbers) > 1 else SINGLE
        form = next_form(self._form, refusal, possible, self._job)
        if form is None:
            raise refusal
        changes: dict[str, Any] = {}
        if form.in_private and not self._form.in_private:
            # Messages that were sent to the group stay there.
            self._sent, changes = (), {"in_private": True, "sent_message_ids": None}
        self._form = form
        detail = f"Telegram refused it: {refusal}"
        await self._generation.jobs.update_fields(
            self._job.id, send_without=sorted(form.without), detail=detail, **changes
        )

    async def _try(self, numbers: range) -> None:
        form, delivery = self._form, self._generation.delivery
        place = form.place(self._job)
        if Fallback.FILE in form.without:
            card = await self._replacement_card(numbers[0])
            async with self._counted("sendMessage"):
                message_id = await delivery.send_card(place, card.text, card.keyboard)
                await self._record_sent(numbers, [Sent(message_id)])
            return
        storage, whole = self._generation.storage, Fallback.SHOWN in form.without
        limit = delivery.upload_bytes
        media = [
            as_media(self._files[each], storage, whole=whole, upload_bytes=limit)
            for each in numbers
        ]
        caption, keyboard = await self._caption(numbers), self._keyboard()
        async with self._counted(method_for(media)):
            sent = await delivery.send_results(place, media, caption, keyboard)
            await self._record_sent(numbers, sent)

    def _counted(self, method: str) -> AbstractAsyncContextManager[None]:
        attempts = self._generation.attempts
        return attempts.counted(self._job, "send_attempts", self._attempts, method)

    async def _record_sent(self, numbers: range, sent: Sequence[Sent]) -> None:
        for number, message in zip(numbers, sent, strict=True):
            self._files[number] = _with_ids(self._files[number], message)
        ids = [message.message_id for message in sent]
        results = zip(ids, (ResultRef(self._job.id, number) for number in numbers), strict=True)
        self._sent += tuple(ids)
        await self._record_files(
            numbers, dict(results), files=self._files, sent_message_ids=self._sent
        )

    async def _record_files(
        self,
        numbers: range,
        results: Mapping[int, ResultRef] = MappingProxyType({}),
        **changes: Any,
    ) -> None:
        """Record sent files; the next ones start with their best form again, in the same chat."""
        self._count, self._attempts, self._form = numbers.stop, (), self._form.for_the_next
        changes |= {"delivered": self._count, "send_without": sorted(self._form.without)}
        await self._record(self._form.place(self._job), results, **changes)

    async def _record(self, place: Place, results: Mapping[int, ResultRef], **changes: Any) -> None:
        """Record what was sent; retry until Redis is available, because only this process knows it."""

        async def write() -> None:
            await self._generation.messages.remember(place.chat_id, results)
            await self._generation.jobs.update_fields(self._job.id, send_attempts=None, **changes)

        await write_until_taken(write)

    async def _send_buttons(self) -> None:
        """Send an album's buttons as a separate message, because Telegram accepts none with an album."""
        card = album_card(self._t, self._generation.catalog, self._job)
        form: SendForm | None = self._form
        while form:
            place = form.place(self._job)
            try:
                async with self._counted("sendMessage"):
                    sent = await self._generation.delivery.send_card(
                        place, card.text, card.keyboard
                    )
                    # One more than there are files: the buttons are sent, too.
                    known = {"sent_message_ids": (*self._sent, sent), "delivered": self._count + 1}
                    await self._record(place, {sent: ResultRef(self._job.id)}, **known)
            except (Refused, Unreachable) as refusal:
                form = next_form(form, refusal, CARD, self._job)
            except Unanswered:
                return
            else:
                return

    async def _caption(self, numbers: range) -> str:
        """Return the full caption for the first message, a short one for the others."""
        begins, notes = numbers[0] == 0, self._move_notes()
        if begins:
            limit = self._generation.delivery.upload_bytes
            large = (file for file in self._files if shape_of(file, limit) is Shape.LINK)
            is_admins = self._generation.contacts.has_admin(self._job.request.user_id)
            notes += [
                too_large_note(self._t, each, await self._link(each), for_admin=is_admins)
                for each in large
            ]
        author = await self._author() if begins else None
        short = not begins or Fallback.CAPTION in self._form.without
        return result_caption(self._t, self._job, author, notes, short=short)

    async def _replacement_card(self, number: int) -> Card:
        """Return the message that replaces a file which Telegram refuses in every form."""
        url = await self._link(self._files[number])
        notes = [*self._move_notes(), stored_note(self._t, self._job, number, url)]
        text = result_caption(self._t, self._job, notes=notes, short=True)
        return Card(text, self._keyboard())

    def _move_notes(self) -> list[str]:
        """Return the explanation for the first message that is sent to the private chat."""
        is_first = self._form.in_private and not self._sent
        return [self._t("caption-moved")] if is_first else []

    async def _link(self, file: File) -> str | None:
        links = self._generation.links
        return await links.url(file.key, LINK_SECONDS) if links else None

    def _keyboard(self) -> InlineKeyboardMarkup | None:
        alone = len(self._files) == 1 and Fallback.CAPTION not in self._form.without
        return result_keyboard(self._t, self._generation.catalog, self._job) if alone else None

    async def _author(self) -> str | None:
        """Return the user's name in a group, else None."""
        if self._job.chat_id > 0 or self._form.in_private:
            return None
        return (await self._generation.users.get(self._job.request.user_id)).name


def _with_ids(file: File, sent: Sent) -> File:
    """Return the file with the ids by which Telegram sends it again, as media and as a document."""
    if sent.shape is Shape.DOCUMENT:
        file = file.model_copy(update={"document_id": sent.file_id})
    as_it_is = sent.shape is shape_of(file)
    return file.model_copy(update={"file_id": sent.file_id}) if as_it_is else file
