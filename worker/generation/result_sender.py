"""Send the files of a result, message by message. Each send is counted before it and recorded after it.

A single result that is ready soon after its order becomes its card (docs/adr/0021-card-becomes-the-result.md).
What Telegram refuses in one form is sent in another (delivery_fallbacks.py). send_attempts.py limits repeated sends
without an answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from loguru import logger

from infra.redis.client import write_until_taken
from infra.storage.store import Storage
from infra.telegram.delivery import Delivery, Sent, method_for
from infra.telegram.outcomes import Refused, SendRefusal, Unreachable
from infra.telegram.outgoing_media import Media, Shape, shape_of
from worker.generation.captions import Captions
from worker.generation.card_lock import CardLock
from worker.generation.delivery_fallbacks import (
    ALBUM,
    CARD,
    EDIT,
    SINGLE,
    Fallback,
    SendForm,
    next_form,
)
from worker.generation.result_albums import UnsentResult
from worker.generation.send_attempts import Attempts, RetryLater, Unanswered
from worker.jobs.message_index import ResultRef, SentMessages
from worker.jobs.store import JobStore
from worker.jobs.telegram_media import as_media
from worker.model import File, Job, Undelivered

# After this part of the step's timeout (worker/main.py) the next message is left to the next run: uploads are slow.
RUN_SECONDS = 40


class ResultSender:
    def __init__(  # noqa: PLR0913, PLR0917 - what a send can touch
        self,
        jobs: JobStore,
        storage: Storage,
        delivery: Delivery,
        attempts: Attempts,
        captions: Captions,
        card_lock: CardLock,
    ) -> None:
        self._jobs = jobs
        self._storage = storage
        self._delivery = delivery
        self._attempts = attempts
        self._captions = captions
        self._card_lock = card_lock

    async def send(self, jobs: Sequence[Job], job_set: Sequence[Job]) -> None:
        """Send the remaining messages of these jobs, of which the first sends all.

        `job_set` are all jobs that were ordered together. Raises TelegramOutcome, including RetryLater, and
        StorageError.
        """
        unsent, until = UnsentResult(jobs, job_set), self._jobs.clock() + RUN_SECONDS
        while unsent.parts:
            if self._jobs.clock() > until:
                raise RetryLater(0)
            card = unsent.card(self._jobs.clock())
            try:
                if card is not None:
                    await self._edit_card(unsent, card)
                elif Fallback.FILE in unsent.form.without:
                    await self._send_replacement(unsent)
                else:
                    await self._send_files(unsent)
            except (Refused, Unreachable) as refusal:
                await self._use_next_form(unsent, refusal, is_edit=card is not None)
            except Unanswered as outcome:
                doubt = {"undelivered": Undelivered.UNCONFIRMED, "detail": str(outcome)}
                await self._record_files(unsent, (), **doubt)
        # The buttons count as one more file of the job that sends them.
        if not unsent.has_own_buttons and unsent.job.delivered <= len(unsent.job.files):
            await self._send_buttons(unsent)

    async def _edit_card(self, unsent: UnsentResult, card: int) -> None:
        """Turn the card into the result.

        No edit of the card's progress is still running, and none begins while `edit_attempts` are stored.
        """
        job, place = unsent.job, unsent.form.place(unsent.job)
        (media,) = self._next_media(unsent)
        # An accepted edit shows that Telegram takes such files again: sends without an answer need not wait longer.
        method = method_for([media])
        caption = await self._captions.caption(unsent)
        keyboard = self._captions.keyboard(unsent)
        async with (
            self._card_lock.hold(job.id),
            self._attempts.counted(job, "edit_attempts", job.edit_attempts, method),
        ):
            edited = await self._delivery.edit_result(place, card, media, caption, keyboard)
            await self._record_files(unsent, [edited], method)

    async def _send_files(self, unsent: UnsentResult) -> None:
        job, form = unsent.job, unsent.form
        media = self._next_media(unsent)
        caption = await self._captions.caption(unsent)
        keyboard = self._captions.keyboard(unsent)
        method = method_for(media)
        async with self._attempts.counted(job, "send_attempts", job.send_attempts, method):
            sent = await self._delivery.send_results(form.place(job), media, caption, keyboard)
            await self._record_files(unsent, sent, method)

    def _next_media(self, unsent: UnsentResult) -> list[Media]:
        limit, whole = self._delivery.upload_bytes, Fallback.SHOWN in unsent.form.without
        return [
            as_media(owner.files[number], self._storage, whole=whole, upload_bytes=limit)
            for owner, number in unsent.next_files
        ]

    async def _send_replacement(self, unsent: UnsentResult) -> None:
        job, form = unsent.job, unsent.form
        card = await self._captions.replacement(unsent)
        async with self._attempts.counted(job, "send_attempts", job.send_attempts, "sendMessage"):
            message_id = await self._delivery.send_card(form.place(job), card.text, card.keyboard)
            await self._record_files(unsent, [Sent(message_id)], "sendMessage")

    async def _use_next_form(
        self, unsent: UnsentResult, refusal: Refused | Unreachable, *, is_edit: bool
    ) -> None:
        """Switch to the next form; after those of an edit to new messages. Raise the refusal of the last one."""
        logger.warning("Telegram refused the result: job {}: {}", unsent.job.id, refusal)
        if is_edit:
            possible = EDIT if _is_about_content(refusal) else frozenset[Fallback]()
        else:
            possible = ALBUM if len(unsent.next_files) > 1 else SINGLE
        form = next_form(unsent.form, refusal, possible, unsent.job, may_move=not is_edit)
        if form is None and is_edit:
            unsent.give_up_card()
            return
        if form is None:
            raise refusal
        detail: dict[str, Any] = {"detail": f"Telegram refused it: {refusal}"}
        changes: dict[str, Any] = {}
        if form.in_private and not unsent.form.in_private:
            # Messages that were sent to the group stay there.
            changes = {"in_private": True, "sent_message_ids": None}
            for job in unsent.jobs:
                unsent.update(job.id, sent_message_ids=())
                if job.id != unsent.job.id:
                    await self._jobs.update_fields(job.id, **changes)
        unsent.form = form
        await self._jobs.update_fields(
            unsent.job.id, send_without=sorted(form.without), **detail, **changes
        )

    async def _record_files(
        self, unsent: UnsentResult, sent: Sequence[Sent], method: str = "", **changes: Any
    ) -> None:
        """Record the files of a message; the next one starts with its best form again, in the same chat."""
        files, place = unsent.next_files, unsent.form.place(unsent.job)
        known: dict[str, dict[str, Any]] = {
            job.id: {**changes, "delivered": number + 1} for job, number in files
        }
        shown: dict[int, ResultRef] = {}
        # Without an answer no message is known.
        for (job, number), message in zip(files, sent, strict=bool(sent)):
            shown[message.message_id] = ResultRef(job.id, number)
            own = known[job.id]
            stored = list(own.get("files", job.files))
            stored[number] = with_telegram_ids(stored[number], message)
            ids = (*own.get("sent_message_ids", job.sent_message_ids), message.message_id)
            own |= {"files": tuple(stored), "sent_message_ids": ids}
        for job_id, own in known.items():
            unsent.update(job_id, **own)
        unsent.update(unsent.job.id, send_attempts=(), edit_attempts=())
        del unsent.parts[: len(files)]
        unsent.form = unsent.form.for_the_next
        # The job that sends comes last: its record says that the message needs no second try.
        form = {"send_without": sorted(unsent.form.without)}
        known = known | {unsent.job.id: known.pop(unsent.job.id, {}) | form}
        await self._record(SentMessages(place.chat_id, shown, method), known)

    async def _record(self, sent: SentMessages, changes: Mapping[str, dict[str, Any]]) -> None:
        """Record what was sent, the last job's sends too; retry until Redis is available.

        Only this process knows it.
        """

        async def write() -> None:
            *others, (sender, own) = changes.items()
            for job_id, known in others:
                await self._jobs.update_fields(job_id, **known)
            answered: dict[str, Any] = {"send_attempts": None, "edit_attempts": None}
            await self._jobs.update_fields(sender, sent, **answered, **own)

        await write_until_taken(write)

    async def _send_buttons(self, unsent: UnsentResult) -> None:
        """Send an album's buttons as a separate message, because Telegram accepts none with an album."""
        job, card = unsent.job, await self._captions.album_card(unsent)
        form: SendForm | None = unsent.form
        while form:
            place = form.place(job)
            try:
                async with self._attempts.counted(
                    job, "send_attempts", job.send_attempts, "sendMessage"
                ):
                    sent = await self._delivery.send_card(place, card.text, card.keyboard)
                    # One more than there are files: the buttons are sent, too.
                    known: dict[str, Any] = {"delivered": len(job.files) + 1}
                    known["sent_message_ids"] = (*job.sent_message_ids, sent)
                    shown = SentMessages(place.chat_id, {sent: ResultRef(job.id)}, "sendMessage")
                    await self._record(shown, {job.id: known})
            except (Refused, Unreachable) as refusal:
                form = next_form(form, refusal, CARD, job)
            except Unanswered:
                return
            else:
                return


def _is_about_content(refusal: Refused | Unreachable) -> bool:
    """Return whether an edit was refused for its file, its caption or its buttons, so that another form may pass."""
    about = {SendRefusal.RIGHTS, SendRefusal.FILE, SendRefusal.TEXT}
    return isinstance(refusal, Refused) and refusal.objection in about


def with_telegram_ids(file: File, sent: Sent) -> File:
    """Return the file with the ids by which Telegram sends it again, as media and as a document."""
    if not sent.file_id:
        return file
    if sent.shape is Shape.DOCUMENT:
        file = file.model_copy(update={"document_id": sent.file_id})
    as_it_is = sent.shape is shape_of(file)
    return file.model_copy(update={"file_id": sent.file_id}) if as_it_is else file
