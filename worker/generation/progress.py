"""The card: one message that shows a job's progress, edited only when something changed and not too often.

A set of jobs has one card, which the record of its first job describes.

A card that was deleted or could not be sent is sent again at the next change of its job's status. The end is always
shown: by the result, which replaces the card, else on the card, in a new message if the card cannot be edited, in the
private chat if the job's chat accepts none.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from hashlib import blake2s

from loguru import logger

from infra.redis.client import UNAVAILABLE, write_until_taken
from infra.retry import add_jitter
from infra.telegram.outcomes import (
    MessageIsMedia,
    Migrated,
    Postponed,
    Refused,
    Unavailable,
    Unreachable,
)
from infra.telegram.throttle import Throttle, paid
from worker.bot.services.progress_cards import ProgressCards
from worker.bot.views.card import Card
from worker.bot.views.job_card import SENDS_IN_DOUBT
from worker.bot.views.set_card import is_shown_by_result
from worker.generation.card_lock import CardLock, EditInProgress
from worker.generation.chat_migration import continue_in_supergroup
from worker.generation.clock_edits import ClockEdits
from worker.generation.delivery_fallbacks import CARD, SendForm, next_form
from worker.generation.send_attempts import SHORTEST_WAIT, Attempts, RetryLater, Unanswered
from worker.jobs.job_set import UNSENT_RESULT, JobSets
from worker.jobs.message_index import MessageIndex, ResultRef, SentMessages
from worker.jobs.order_reaction import QUICK_SECONDS, READY
from worker.jobs.store import JobStore
from worker.model import SETTLED, TERMINAL, Job, Status

#: Seconds until the next update of a card after an edit that was not possible.
UNSHOWN_SECONDS = 1.5
# Seconds. A chat allows one edit in that time, and the outcome of the step may need it.
_MOMENT = 1.0
# Seconds between updates of a card's timer during a long step.
_CLOCK_SECONDS = 5.0


class Progress:
    def __init__(  # noqa: PLR0913, PLR0917 - the dependencies of a card
        self,
        jobs: JobStore,
        sets: JobSets,
        attempts: Attempts,
        cards: ProgressCards,
        messages: MessageIndex,
        card_lock: CardLock,
        throttle: Throttle,
        clock_edits: ClockEdits | None = None,
    ) -> None:
        self._jobs = jobs
        self._sets = sets
        self._delivery = attempts.delivery
        self._attempts = attempts
        self._cards = cards
        self._messages = messages
        self._card_lock = card_lock
        self._throttle = throttle
        self._clock_edits = clock_edits or ClockEdits()

    async def show_time(self, job: Job) -> None:
        """Update the card of a job about which there is no news, unless too many cards are edited now."""
        with self._clock_edits.reserved() as is_free:
            if is_free:
                await self.show(job)

    async def show(self, job: Job) -> bool:
        """Update the card; False if it has to wait: other messages come first, or the card is not sent yet."""
        jobs = await self._sets.members(job)
        first = jobs[0]
        if first.taken_back or first.is_card_result:
            return True
        # A card without a change must not use up a message that its chat allows.
        card = await self._changed_card(jobs)
        if card is None:
            return first.progress_message_id is not None or first.card_missing is not None
        if await self._throttle.take_spare(first.chat_id):
            return False
        self._clock_edits.count()
        try:
            async with self._card_lock.hold(first.id):
                with paid():
                    await self._show_while_active(jobs, card)
        except (RetryLater, MessageIsMedia):
            pass  # the result has just replaced the card, and its record follows
        except EditInProgress:
            return False
        except Unavailable as away:
            if away.retry_after is None:
                self._throttle.pause_spare(add_jitter(SHORTEST_WAIT))
            return False
        except Migrated as migrated:
            await continue_in_supergroup(self._jobs, jobs, migrated.chat_id)
        except (Refused, Unreachable, Unanswered) as outcome:
            logger.info("card cannot be shown: job {}: {}", first.id, outcome)
            lost = {"progress_message_id": None, "shown": None}
            await self._jobs.update_fields(first.id, **lost, card_missing=_state(jobs))
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
        """Show how the job ended, in a new message if the card is gone. Raises Unavailable.

        The end of a set is that of its last job.
        """
        jobs = await self._sets.members(job)
        if any(each.status not in TERMINAL for each in jobs):
            await self.show(job)
            return
        first = jobs[0]
        if first.reacted:
            await self._react_to_end(first)
        is_shown = is_shown_by_result(jobs)
        is_past = is_shown and (first.is_card_result or first.progress_message_id is None)
        if first.taken_back or is_past:
            return
        try:
            async with self._card_lock.hold(first.id):
                if is_shown and await self._delete(first):
                    return
                # The result in the group shows the end, and Telegram limits group messages.
                can_wait = first.chat_id < 0 and any(each.sent_message_ids for each in jobs)
                if not can_wait:
                    await self._show_end(jobs)
                elif seconds := await self._throttle.take_spare(first.chat_id):
                    raise Postponed(seconds)
                else:
                    with paid():
                        await self._show_end(jobs)
        except Migrated as migrated:
            await continue_in_supergroup(self._jobs, jobs, migrated.chat_id)
            raise Postponed(0) from migrated
        except (Unreachable, Refused, Unanswered) as outcome:
            logger.warning("end of a job cannot be shown: {}: {}", first.id, outcome)

    async def _react_to_end(self, job: Job) -> None:
        """Change the reaction on the order: a refusal does not matter, because a message shows the end."""
        emoji = READY if job.status is Status.DONE and job.sent_message_ids else None
        try:
            await self._delivery.react(job.chat_id, job.request.message_id, emoji)
        except (Migrated, Refused, Unreachable) as outcome:
            logger.info("cannot react to the order of job {}: {}", job.id, outcome)

    async def _delete(self, job: Job) -> bool:
        """Delete the card; False if Telegram refuses, for example in a group that has become a supergroup."""
        card = job.progress_message_id
        if card is None:
            return True
        try:
            await self._delivery.delete(job.chat_id, card)
        except (Refused, Unreachable, Migrated) as refusal:
            logger.info("card cannot be deleted: job {}: {}", job.id, refusal)
            return False
        await self._messages.forget(job.chat_id, [card])
        await self._jobs.update_fields(job.id, progress_message_id=None, shown=None)
        return True

    async def _show_end(self, jobs: Sequence[Job]) -> None:
        card = await self._cards.build(jobs)
        if jobs[0].progress_message_id is not None:
            try:
                await self._edit(jobs, card)
            except MessageIsMedia:
                return  # it is the result, although Telegram did not confirm that it took it
            except (Refused, Unreachable) as outcome:
                logger.info("card cannot be edited: job {}: {}", jobs[0].id, outcome)
            else:
                return
        await self._send(jobs, card)

    async def _show_while_active(self, jobs: Sequence[Job], card: Card) -> None:
        """Update the card unless a status has changed since the jobs were read, so that the end is not overwritten.

        A card that is becoming the result is not edited: while Telegram replaces the text by media, it accepts an edit
        of the text as one of the new caption.
        """
        current = await self._jobs.get_many([job.id for job in jobs])
        first = current[0]
        is_past = first.taken_back or first.is_card_result or first.edit_attempts
        if _state(current) != _state(jobs) or is_past:
            return
        if jobs[0].progress_message_id is not None:
            await self._edit(jobs, card)
        elif first.progress_message_id is None:
            known = {"card_attempts": first.card_attempts}
            await self._send([jobs[0].model_copy(update=known), *jobs[1:]], card)

    async def _changed_card(self, jobs: Sequence[Job]) -> Card | None:
        """Build the card if it differs from the shown one, or if it has to be sent again."""
        first = jobs[0]
        if first.progress_message_id is not None:
            card = await self._cards.build(jobs)
            return None if first.shown == card_fingerprint(card) else card
        if first.reacted and self._jobs.clock() - first.created_at < QUICK_SECONDS:
            return None
        is_doubtful = any(len(job.send_attempts) >= SENDS_IN_DOUBT for job in jobs)
        if all(job.status in UNSENT_RESULT for job in jobs) and not is_doubtful:
            return None  # the result comes first, and the card would be deleted after it
        is_missing = first.card_missing is not None and first.card_missing != _state(jobs)
        return await self._cards.build(jobs) if is_missing else None

    async def _edit(self, jobs: Sequence[Job], card: Card) -> None:
        first = jobs[0]
        if first.progress_message_id is not None:
            await self._delivery.edit_card(
                first.chat_id, first.progress_message_id, card.text, card.keyboard
            )
            if not _is_final(jobs):
                await self._jobs.update_fields(first.id, shown=card_fingerprint(card))

    async def _send(self, jobs: Sequence[Job], card: Card) -> None:
        """Send the card as a new message. Raises Unanswered, or the refusal of the last form."""
        first = jobs[0]
        form, may_move = SendForm(), is_worth_a_private_message(jobs)
        while True:
            try:
                async with self._attempts.counted(
                    first, "card_attempts", first.card_attempts, "sendMessage"
                ):
                    sent = await self._delivery.send_card(
                        form.place(first), card.text, card.keyboard
                    )
                    await write_until_taken(partial(self._record_sent, jobs, form, card, sent))
            except (Refused, Unreachable) as refusal:
                following = next_form(form, refusal, CARD, first, may_move=may_move)
                if following is None:
                    raise
                form = following
            else:
                return

    async def _record_sent(
        self, jobs: Sequence[Job], form: SendForm, card: Card, sent: int
    ) -> None:
        first = jobs[0]
        shown = {sent: ResultRef(first.id)}
        await self._jobs.update_fields(
            first.id,
            SentMessages(form.place(first).chat_id, shown, "sendMessage"),
            progress_message_id=None if form.in_private else sent,
            shown=None if _is_final(jobs) else card_fingerprint(card),
            card_attempts=None,
            card_missing=None,
        )


def is_worth_a_private_message(jobs: Sequence[Job]) -> bool:
    """Return whether no other message has shown the end."""
    is_told = any(
        job.status is Status.DONE and job.sent_message_ids and not job.undelivered for job in jobs
    )
    return not is_told and all(job.status in TERMINAL for job in jobs)


def _is_final(jobs: Sequence[Job]) -> bool:
    """Return whether no further edit will come."""
    return all(job.status in SETTLED for job in jobs)


def _state(jobs: Sequence[Job]) -> str:
    return " ".join(job.status for job in jobs)


def card_fingerprint(card: Card) -> str:
    keyboard = card.keyboard.model_dump_json() if card.keyboard else ""
    return blake2s(f"{card.text}\0{keyboard}".encode(), digest_size=8).hexdigest()
