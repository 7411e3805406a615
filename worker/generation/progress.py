"""The card: one message that shows a job's progress, edited only when something changed and not too often.

A card that was deleted or could not be sent is sent again at the next change of its job's status. The end is always
shown: in a new message if the card cannot be edited, in the private chat if the job's chat accepts none.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from hashlib import blake2s

from arq.connections import ArqRedis
from loguru import logger

from infra.i18n import Texts
from infra.redis.client import UNAVAILABLE, write_until_taken
from infra.retry import add_jitter
from infra.telegram.outcomes import Migrated, Postponed, Refused, Unavailable, Unreachable
from worker.bot.services.admin_contacts import Contacts
from worker.bot.views.card import Card
from worker.bot.views.job_card import progress_card
from worker.generation.chat_migration import continue_in_supergroup
from worker.generation.delivery_fallbacks import CARD, SendForm, next_form
from worker.generation.send_attempts import SHORTEST_WAIT, Attempts, RetryLater, Unanswered
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.jobs.store import JobStore
from worker.model import SETTLED, TERMINAL, Job, Status

# Telegram allows about one message a second in a chat and 20 a minute in a group.
PRIVATE_INTERVAL_MS = 1000
GROUP_INTERVAL_MS = 3000
# An edit has ended by then (infra/telegram/bot.py, TIMEOUT), even if its process was killed.
CARD_LOCK_MS = 22_000
#: Seconds until the next update of a card after an edit that was not possible.
UNSHOWN_SECONDS = 1.5
# Seconds. A chat allows one edit in that time, and the outcome of the step may need it.
_MOMENT = 1.0
# Seconds between updates of a card's timer during a long step.
_CLOCK_SECONDS = 5.0


class _EditInProgress(Postponed):
    def __init__(self) -> None:
        super().__init__(1)


class Progress:
    def __init__(  # noqa: PLR0913, PLR0917 - the dependencies of a card
        self,
        redis: ArqRedis,
        jobs: JobStore,
        attempts: Attempts,
        texts: Texts,
        contacts: Contacts,
        messages: MessageIndex,
    ) -> None:
        self._redis = redis
        self._jobs = jobs
        self._delivery = attempts.delivery
        self._attempts = attempts
        self._texts = texts
        self._contacts = contacts
        self._messages = messages

    async def show(self, job: Job) -> bool:
        """Update the card; False if it has to wait: its chat has just had an edit, or the card is not sent yet."""
        # A card without a change must not use up the edit that its chat allows.
        if not await self._has_changed(job):
            return job.progress_message_id is not None or job.card_missing is not None
        if not await self._may_edit(job.chat_id):
            return False
        try:
            async with self._lock_card(job):
                await self._show_while_active(job)
        except RetryLater:
            pass
        except _EditInProgress:
            return False
        except Unavailable as away:
            await self._pause_edits(job.chat_id, away.retry_after or add_jitter(SHORTEST_WAIT))
            return False
        except Migrated as migrated:
            await continue_in_supergroup(self._jobs, job, migrated.chat_id)
        except (Refused, Unreachable, Unanswered) as outcome:
            logger.info("card cannot be shown: job {}: {}", job.id, outcome)
            lost = {"progress_message_id": None, "shown": None}
            await self._jobs.update_fields(job.id, **lost, card_missing=job.status)
        return True

    async def show_often(self, job: Job, seconds: float) -> float:
        """Update the card; return the seconds until the next poll: `seconds`, or less if it could not be edited."""
        return seconds if await self.show(job) else min(seconds, UNSHOWN_SECONDS)

    @asynccontextmanager
    async def shown_meanwhile(self, job: Job) -> AsyncIterator[None]:
        """Update the card while a step takes longer than a moment."""
        done = asyncio.Event()

        async def keep_showing() -> None:
            pause = _MOMENT
            while not done.is_set():
                try:
                    async with asyncio.timeout(pause):
                        await done.wait()
                except TimeoutError:
                    await self.show(job)
                    pause = _CLOCK_SECONDS

        showing = asyncio.create_task(keep_showing())
        try:
            yield
        finally:
            done.set()
            # Wait for a running edit: its order to the next one would be unknown.
            try:
                await showing
            except UNAVAILABLE as error:
                logger.warning("card was not edited: job {}: {}", job.id, type(error).__name__)

    async def conclude(self, job: Job) -> None:
        """Show how the job ended, in a new message if the card is gone. Raises Unavailable."""
        # The result in the group shows the end, and Telegram limits group messages.
        can_wait = job.chat_id < 0 and job.sent_message_ids
        if can_wait and not await self._may_edit(job.chat_id):
            raise Postponed(GROUP_INTERVAL_MS / 1000)
        try:
            async with self._lock_card(job):
                await self._show_end(job)
        except Migrated as migrated:
            await continue_in_supergroup(self._jobs, job, migrated.chat_id)
            raise Postponed(0) from migrated
        except (Unreachable, Refused, Unanswered) as outcome:
            logger.warning("end of a job cannot be shown: {}: {}", job.id, outcome)

    async def give_way(self, chat_id: int, seconds: float) -> None:
        """Pause edits in a chat while a result has to wait, and shortly after, so that the result comes first."""
        await self._pause_edits(chat_id, seconds + GROUP_INTERVAL_MS / 1000)

    async def _show_end(self, job: Job) -> None:
        if job.progress_message_id is not None:
            try:
                await self._edit(job)
            except (Refused, Unreachable) as outcome:
                logger.info("card cannot be edited: job {}: {}", job.id, outcome)
            else:
                return
        await self._send(job)

    async def _show_while_active(self, job: Job) -> None:
        """Update the card unless the status has changed since the job was read, so that its end is not overwritten."""
        current = await self._jobs.get(job.id)
        if current is None or current.status != job.status:
            return
        if job.progress_message_id is not None:
            await self._edit(job)
        elif current.progress_message_id is None:
            await self._send(job.model_copy(update={"card_attempts": current.card_attempts}))

    @asynccontextmanager
    async def _lock_card(self, job: Job) -> AsyncIterator[None]:
        """Allow one edit at a time, because the order of two concurrent edits is unknown."""
        key = f"darkroom:card:{job.id}"
        if not await self._redis.set(key, b"", nx=True, px=CARD_LOCK_MS):
            raise _EditInProgress
        try:
            yield
        finally:
            await self._redis.delete(key)

    async def _has_changed(self, job: Job) -> bool:
        if job.progress_message_id is None:
            return job.card_missing is not None and job.card_missing != job.status
        return job.shown != _fingerprint(await self._card(job))

    async def _card(self, job: Job) -> Card:
        t = self._texts.speaking(job.request.language)
        advice = await self._contacts.for_failure(t, job)
        return progress_card(self._texts, job, self._jobs.clock(), advice)

    async def _edit(self, job: Job) -> None:
        card, message_id = await self._card(job), job.progress_message_id
        if message_id is not None:
            await self._delivery.edit_card(job.chat_id, message_id, card.text, card.keyboard)
            if job.status not in SETTLED:  # no further edit will come
                await self._jobs.update_fields(job.id, shown=_fingerprint(card))

    async def _send(self, job: Job) -> None:
        """Send the card as a new message. Raises Unanswered, or the refusal of the last form."""
        card = await self._card(job)
        form, may_move = SendForm(), _is_worth_a_private_message(job)
        while True:
            try:
                async with self._attempts.counted(
                    job, "card_attempts", job.card_attempts, "sendMessage"
                ):
                    sent = await self._delivery.send_card(form.place(job), card.text, card.keyboard)
                    await write_until_taken(partial(self._record_sent, job, form, card, sent))
            except (Refused, Unreachable) as refusal:
                following = next_form(form, refusal, CARD, job, may_move=may_move)
                if following is None:
                    raise
                form = following
            else:
                return

    async def _record_sent(self, job: Job, form: SendForm, card: Card, sent: int) -> None:
        await self._messages.remember(form.place(job).chat_id, {sent: ResultRef(job.id)})
        shown = None if job.status in SETTLED else _fingerprint(card)
        await self._jobs.update_fields(
            job.id,
            progress_message_id=None if form.in_private else sent,
            shown=shown,
            card_attempts=None,
            card_missing=None,
        )

    async def _may_edit(self, chat_id: int) -> bool:
        interval = PRIVATE_INTERVAL_MS if chat_id > 0 else GROUP_INTERVAL_MS
        return bool(await self._redis.set(_gate(chat_id), b"", nx=True, px=interval))

    async def _pause_edits(self, chat_id: int, seconds: float) -> None:
        await self._redis.set(_gate(chat_id), b"", px=int(seconds * 1000))


def _is_worth_a_private_message(job: Job) -> bool:
    """Return whether no other message has shown the end."""
    is_told = job.status is Status.DONE and job.sent_message_ids and not job.undelivered
    return job.status in TERMINAL and not is_told


def _gate(chat_id: int) -> str:
    return f"darkroom:edited:{chat_id}"


def _fingerprint(card: Card) -> str:
    keyboard = card.keyboard.model_dump_json() if card.keyboard else ""
    return blake2s(f"{card.text}\0{keyboard}".encode(), digest_size=8).hexdigest()
