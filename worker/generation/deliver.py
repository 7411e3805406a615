"""Sending a result. Telegram has no idempotency key: each send is counted first, and what was sent is noted after it.

A stored result always arrives: what Telegram refuses in one form is sent in another (worker/generation/forms.py), and
trouble at Telegram is waited out. How often a send that was not answered is repeated: worker/generation/attempts.py.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiogram.types import InlineKeyboardMarkup
from loguru import logger

from infra.errors import FailureKind, NotStored, StorageError
from infra.telegram.delivery import Sent, method_for
from infra.telegram.media import Shape, shape_of
from infra.telegram.outcomes import (
    Away,
    Migrated,
    Postponed,
    Refused,
    Unreachable,
)
from worker.bot.job_card import SENDS_IN_DOUBT, Card
from worker.bot.result_card import (
    album_card,
    kept_note,
    result_caption,
    result_keyboard,
    too_large_note,
)
from worker.generation.attempts import NotYet, Unanswered
from worker.generation.context import Generation, backoff
from worker.generation.end import end
from worker.generation.forms import ALBUM, CARD, SINGLE, Concession, Form, Forms
from worker.generation.lease import LEASE_SECONDS, kept
from worker.generation.naming import of_job
from worker.jobs import File, Job, Status, Undelivered
from worker.media import as_media
from worker.messages import Shown

# Of a file that is too large for Telegram.
LINK_SECONDS = 7 * 24 * 3600
# Between two looks at a storage that is away.
STORAGE_SECONDS = 5
# Telegram takes so many in an album.
ALBUM_SIZE = 10
# After so much of the step's time (worker/main.py) the next message is left to the next run: an upload takes long.
RUN_SECONDS = 40


@of_job
async def deliver(generation: Generation, job: Job) -> None:
    """Send the files of a collected job; whoever comes second finds it being sent."""
    until = generation.clock() + LEASE_SECONDS
    if await generation.jobs.move(job, {Status.COLLECTED}, Status.DELIVERING, due=until):
        with kept(generation.due, job.id, until):
            await _deliver(generation, job)


async def _deliver(generation: Generation, job: Job) -> None:
    try:
        await Parcel(generation, job).send()
    except Away as away:
        await _wait(generation, job, away)
    except Migrated as migrated:
        await generation.progress.follow(job, migrated.chat_id)
        await _put_off(generation, job, 0)
    except NotStored:
        await _end(generation, job, Status.FAILED, failure=FailureKind.RESULT_GONE)
    except StorageError as error:
        generation.meter.count("darkroom_storage_errors_total")
        logger.warning("job {}: its result cannot be read yet: {}", job.id, error)
        await _put_off(generation, job, STORAGE_SECONDS)
    except Unreachable as outcome:
        # The result stays in the person's history; nobody is there to read a message about it.
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


async def _wait(generation: Generation, job: Job, away: Away) -> None:
    """Telegram's trouble is none of the job's: nothing is counted against it, however long it takes."""
    if isinstance(away, Postponed):
        await generation.progress.give_way(job.chat_id, away.seconds)
    seconds, attempts = away.retry_after, job.attempts
    if seconds is None:
        seconds, attempts = backoff(attempts), attempts + 1
    logger.info("job {}: its result is sent in {:.0f} s: {}", job.id, seconds, away)
    await _put_off(generation, job, seconds, attempts=attempts)
    waiting = await generation.jobs.get(job.id)
    if waiting and len(waiting.send_attempts) >= SENDS_IN_DOUBT:
        await generation.progress.show(waiting)


async def _put_off(generation: Generation, job: Job, seconds: float, **changes: Any) -> None:
    due = generation.clock() + seconds
    await generation.jobs.move(job, {Status.DELIVERING}, Status.COLLECTED, due=due, **changes)


class Parcel:
    """What is still to be sent of a job's result, message by message."""

    def __init__(self, generation: Generation, job: Job) -> None:
        self._generation = generation
        self._job = job
        self._say = generation.texts.speaking(job.request.language)
        self._files = list(job.files)
        self._sent = job.sent_message_ids
        # A job of an earlier version knows only that all were sent.
        self._count = job.delivered or (len(job.files) if job.sent_message_ids else 0)
        self._attempts = job.send_attempts
        self._begin = Form(in_private=job.in_private)
        self._in_pieces = False
        self._refusal: Refused | Unreachable | None = None

    async def send(self) -> None:
        """Send what is left. Raises TelegramOutcome, NotYet among them, and StorageError."""
        until = self._generation.clock() + RUN_SECONDS
        while self._count < len(self._files):
            if self._generation.clock() > until:
                raise NotYet(0)
            await self._send_next()
        if len(self._files) > 1:
            await self._send_buttons()

    async def _send_next(self) -> None:
        left = len(self._files) - self._count
        numbers = range(self._count, self._count + min(left, 1 if self._in_pieces else ALBUM_SIZE))
        forms = Forms(self._job, ALBUM if len(numbers) > 1 else SINGLE, self._begin)
        while Concession.TOGETHER not in forms.form.without:
            try:
                sent = await self._try(forms.form, numbers)
            except (Refused, Unreachable) as refusal:
                self._give_up(forms, refusal)
            except Unanswered as outcome:
                await self._note(numbers, undelivered=Undelivered.UNCONFIRMED, detail=str(outcome))
                return
            else:
                await self._note_sent(numbers, forms.form, sent)
                return
        self._begin, self._in_pieces = forms.form.place_only, True

    def _give_up(self, forms: Forms, refusal: Refused | Unreachable) -> None:
        """Go on to the next form; raises the refusal when there is none."""
        logger.warning("job {}: Telegram refused its result: {}", self._job.id, refusal)
        self._refusal = refusal
        if not forms.give_up(refusal):
            raise refusal

    async def _try(self, form: Form, numbers: range) -> list[Sent]:
        delivery, place = self._generation.delivery, form.place(self._job)
        if Concession.FILE in form.without:
            card = await self._kept_card(form, numbers[0])
            async with self._counted("sendMessage"):
                return [Sent(await delivery.send_card(place, card.text, card.keyboard))]
        storage, whole = self._generation.storage, Concession.SHOWN in form.without
        limit = self._generation.delivery.upload_bytes
        media = [
            as_media(self._files[each], storage, whole=whole, upload_bytes=limit)
            for each in numbers
        ]
        caption, keyboard = await self._caption(form, numbers), self._keyboard(form)
        async with self._counted(method_for(media)):
            return list(await delivery.send_results(place, media, caption, keyboard))

    def _counted(self, method: str) -> AbstractAsyncContextManager[None]:
        attempts = self._generation.attempts
        return attempts.counted(self._job, "send_attempts", self._attempts, method)

    async def _note_sent(self, numbers: range, form: Form, sent: Sequence[Sent]) -> None:
        for number, message in zip(numbers, sent, strict=True):
            self._files[number] = _known(self._files[number], message)
        ids = [message.message_id for message in sent]
        shown = zip(ids, (Shown(self._job.id, number) for number in numbers), strict=True)
        await self._generation.messages.note(form.place(self._job).chat_id, dict(shown))
        self._sent += tuple(ids)
        self._begin = form.place_only
        changes: dict[str, Any] = {"files": self._files, "sent_message_ids": self._sent}
        if Concession.FILE in form.without:
            changes["detail"] = f"Telegram refused file {numbers[0] + 1}: {self._refusal}"
        await self._note(numbers, in_private=form.in_private, **changes)

    async def _note(self, numbers: range, **changes: Any) -> None:
        self._count, self._attempts = numbers.stop, ()
        await self._generation.jobs.note(
            self._job.id, delivered=self._count, send_attempts=None, **changes
        )

    async def _send_buttons(self) -> None:
        """Telegram takes no buttons with an album: they are a message of their own."""
        card = album_card(self._say, self._generation.offering, self._job)
        forms = Forms(self._job, CARD, self._begin)
        while True:
            place = forms.form.place(self._job)
            try:
                async with self._counted("sendMessage"):
                    sent = await self._generation.delivery.send_card(
                        place, card.text, card.keyboard
                    )
            except (Refused, Unreachable) as refusal:
                if not forms.give_up(refusal):
                    return  # the result itself is there
            except Unanswered:
                return
            else:
                await self._generation.messages.note(place.chat_id, {sent: Shown(self._job.id)})
                await self._generation.jobs.note(
                    self._job.id, sent_message_ids=(*self._sent, sent), send_attempts=None
                )
                return

    async def _caption(self, form: Form, numbers: range) -> str:
        """The first message says everything, those after it whose they are."""
        begins, notes = numbers[0] == 0, self._moved(form)
        if begins:
            limit = self._generation.delivery.upload_bytes
            large = (file for file in self._files if shape_of(file, limit) is Shape.LINK)
            notes += [too_large_note(self._say, each, await self._link(each)) for each in large]
        author = await self._author(form) if begins else None
        short = not begins or Concession.CAPTION in form.without
        return result_caption(self._say, self._job, author, notes, short=short)

    async def _kept_card(self, form: Form, number: int) -> Card:
        """In the place of a file that Telegram takes in no form."""
        url = await self._link(self._files[number])
        notes = [*self._moved(form), kept_note(self._say, self._job, number, url)]
        text = result_caption(self._say, self._job, notes=notes, short=True)
        return Card(text, self._keyboard(form))

    def _moved(self, form: Form) -> list[str]:
        """Why it comes in private, in the first message that does."""
        is_first = form.in_private and not self._begin.in_private
        return [self._say("caption-moved")] if is_first else []

    async def _link(self, file: File) -> str | None:
        links = self._generation.links
        return await links.url(file.key, LINK_SECONDS) if links else None

    def _keyboard(self, form: Form) -> InlineKeyboardMarkup | None:
        alone = len(self._files) == 1 and Concession.CAPTION not in form.without
        return result_keyboard(self._say, self._generation.offering, self._job) if alone else None

    async def _author(self, form: Form) -> str | None:
        """Who asked for it, where others see it too."""
        if self._job.chat_id > 0 or form.in_private:
            return None
        return (await self._generation.people.get(self._job.request.person_id)).name


def _known(file: File, sent: Sent) -> File:
    """With the ids by which Telegram sends it again: as it was seen, and every byte of it."""
    if sent.shape is Shape.DOCUMENT:
        file = file.model_copy(update={"document_id": sent.file_id})
    as_it_is = sent.shape is shape_of(file)
    return file.model_copy(update={"file_id": sent.file_id}) if as_it_is else file
