"""Send the files of a result, message by message. Each send is counted before it and recorded after it.

What Telegram refuses in one form is sent in another (delivery_fallbacks.py). send_attempts.py limits repeated sends
without an answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from loguru import logger

from infra.redis.client import write_until_taken
from infra.storage.store import Storage
from infra.telegram.delivery import Delivery, Place, Sent, method_for
from infra.telegram.outcomes import Refused, Unreachable
from infra.telegram.outgoing_media import Shape, shape_of
from worker.generation.captions import Captions
from worker.generation.delivery_fallbacks import ALBUM, CARD, SINGLE, Fallback, SendForm, next_form
from worker.generation.send_attempts import Attempts, RetryLater, Unanswered
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.jobs.store import JobStore
from worker.jobs.telegram_media import as_media
from worker.model import File, Job, Undelivered

# Telegram's maximum for an album.
ALBUM_SIZE = 10
# After this part of the step's timeout (worker/main.py) the next message is left to the next run: uploads are slow.
RUN_SECONDS = 40


class UnsentResult:
    """The state of a delivery: how much is sent, and the form of the next message."""

    def __init__(self, job: Job) -> None:
        self.job = job
        # A job of an earlier version records only that all files were sent.
        self.count = job.delivered or (len(job.files) if job.sent_message_ids else 0)
        self.form = SendForm(job.in_private, frozenset(map(Fallback, job.send_without)))

    @property
    def has_moved(self) -> bool:
        """Whether the next message is the first one in the private chat."""
        return self.form.in_private and not self.job.sent_message_ids

    @property
    def numbers(self) -> range:
        """The files of the next message, counted from 0."""
        size = 1 if Fallback.TOGETHER in self.form.without else ALBUM_SIZE
        return range(self.count, min(len(self.job.files), self.count + size))

    def update(self, **changes: Any) -> None:
        self.job = self.job.model_copy(update=changes)


class ResultSender:
    def __init__(  # noqa: PLR0913, PLR0917 - what a send can touch
        self,
        jobs: JobStore,
        messages: MessageIndex,
        storage: Storage,
        delivery: Delivery,
        attempts: Attempts,
        captions: Captions,
    ) -> None:
        self._jobs = jobs
        self._messages = messages
        self._storage = storage
        self._delivery = delivery
        self._attempts = attempts
        self._captions = captions

    async def send(self, job: Job) -> None:
        """Send the remaining messages. Raises TelegramOutcome, including RetryLater, and StorageError."""
        unsent, until = UnsentResult(job), self._jobs.clock() + RUN_SECONDS
        while unsent.numbers:
            if self._jobs.clock() > until:
                raise RetryLater(0)
            try:
                if Fallback.FILE in unsent.form.without:
                    await self._send_replacement(unsent)
                else:
                    await self._send_files(unsent)
            except (Refused, Unreachable) as refusal:
                await self._use_next_form(unsent, refusal)
            except Unanswered as outcome:
                doubt = {"undelivered": Undelivered.UNCONFIRMED, "detail": str(outcome)}
                await self._record_files(unsent, (), **doubt)
        if len(job.files) > 1 and unsent.count == len(job.files):
            await self._send_buttons(unsent)

    async def _send_files(self, unsent: UnsentResult) -> None:
        job, form, numbers = unsent.job, unsent.form, unsent.numbers
        limit, whole = self._delivery.upload_bytes, Fallback.SHOWN in form.without
        media = [
            as_media(job.files[number], self._storage, whole=whole, upload_bytes=limit)
            for number in numbers
        ]
        caption = await self._captions.caption(
            job, form, is_first=numbers[0] == 0, has_moved=unsent.has_moved
        )
        keyboard = self._captions.keyboard(job, form)
        async with self._attempts.counted(
            job, "send_attempts", job.send_attempts, method_for(media)
        ):
            sent = await self._delivery.send_results(form.place(job), media, caption, keyboard)
            await self._record_files(unsent, sent)

    async def _send_replacement(self, unsent: UnsentResult) -> None:
        job, form = unsent.job, unsent.form
        card = await self._captions.replacement(job, unsent.count, form, has_moved=unsent.has_moved)
        async with self._attempts.counted(job, "send_attempts", job.send_attempts, "sendMessage"):
            message_id = await self._delivery.send_card(form.place(job), card.text, card.keyboard)
            await self._record_files(unsent, [Sent(message_id)])

    async def _use_next_form(self, unsent: UnsentResult, refusal: Refused | Unreachable) -> None:
        """Switch to the next form; raise the refusal if there is none."""
        logger.warning("Telegram refused the result: job {}: {}", unsent.job.id, refusal)
        possible = ALBUM if len(unsent.numbers) > 1 else SINGLE
        form = next_form(unsent.form, refusal, possible, unsent.job)
        if form is None:
            raise refusal
        changes: dict[str, Any] = {}
        if form.in_private and not unsent.form.in_private:
            # Messages that were sent to the group stay there.
            unsent.update(sent_message_ids=())
            changes = {"in_private": True, "sent_message_ids": None}
        unsent.form = form
        detail = f"Telegram refused it: {refusal}"
        await self._jobs.update_fields(
            unsent.job.id, send_without=sorted(form.without), detail=detail, **changes
        )

    async def _record_files(
        self, unsent: UnsentResult, sent: Sequence[Sent], **changes: Any
    ) -> None:
        """Record the files of a message; the next one starts with its best form again, in the same chat."""
        job, numbers = unsent.job, unsent.numbers
        shown: dict[int, ResultRef] = {}
        if sent:
            files = list(job.files)
            for number, message in zip(numbers, sent, strict=True):
                files[number] = _with_ids(files[number], message)
                shown[message.message_id] = ResultRef(job.id, number)
            sent_ids = (*job.sent_message_ids, *shown)
            changes |= {"files": tuple(files), "sent_message_ids": sent_ids}
            unsent.update(**changes)
        unsent.update(send_attempts=())
        unsent.count, unsent.form = numbers.stop, unsent.form.for_the_next
        changes |= {"delivered": unsent.count, "send_without": sorted(unsent.form.without)}
        await self._record(job.id, unsent.form.place(job), shown, **changes)

    async def _record(
        self, job_id: str, place: Place, shown: Mapping[int, ResultRef], **changes: Any
    ) -> None:
        """Record what was sent; retry until Redis is available, because only this process knows it."""

        async def write() -> None:
            await self._messages.remember(place.chat_id, shown)
            await self._jobs.update_fields(job_id, send_attempts=None, **changes)

        await write_until_taken(write)

    async def _send_buttons(self, unsent: UnsentResult) -> None:
        """Send an album's buttons as a separate message, because Telegram accepts none with an album."""
        job, card = unsent.job, self._captions.album_card(unsent.job)
        form: SendForm | None = unsent.form
        while form:
            place = form.place(job)
            try:
                async with self._attempts.counted(
                    job, "send_attempts", job.send_attempts, "sendMessage"
                ):
                    sent = await self._delivery.send_card(place, card.text, card.keyboard)
                    # One more than there are files: the buttons are sent, too.
                    known: dict[str, Any] = {"delivered": unsent.count + 1}
                    known["sent_message_ids"] = (*job.sent_message_ids, sent)
                    await self._record(job.id, place, {sent: ResultRef(job.id)}, **known)
            except (Refused, Unreachable) as refusal:
                form = next_form(form, refusal, CARD, job)
            except Unanswered:
                return
            else:
                return


def _with_ids(file: File, sent: Sent) -> File:
    """Return the file with the ids by which Telegram sends it again, as media and as a document."""
    if sent.shape is Shape.DOCUMENT:
        file = file.model_copy(update={"document_id": sent.file_id})
    as_it_is = sent.shape is shape_of(file)
    return file.model_copy(update={"file_id": sent.file_id}) if as_it_is else file
