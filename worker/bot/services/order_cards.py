"""The card of a new job or set, which answers its order; for a quick image in a group, a reaction instead."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import Message, ReactionTypeEmoji
from loguru import logger

from infra.telegram.outcomes import TelegramOutcome, Unavailable, outcomes
from worker.bot.services.progress_cards import ProgressCards
from worker.bot.views.set_card import is_shown_by_result
from worker.jobs.duration_stats import Durations
from worker.jobs.message_index import ResultRef, SentMessages
from worker.jobs.order_reaction import QUICK_SECONDS, WORKING
from worker.jobs.store import JobStore
from worker.model import (
    TERMINAL,
    UNSENT,
    Job,
    Kind,
)


class OrderCards:
    """Sends the card of a job while its order is handled; later, worker/generation/progress.py does."""

    def __init__(
        self,
        jobs: JobStore,
        cards: ProgressCards,
        durations: Durations,
    ) -> None:
        self._jobs = jobs
        self._cards = cards
        self._durations = durations
        self._clock = jobs.clock

    async def show_on(self, jobs: Sequence[Job], card: Message) -> None:
        """Turn a message of the bot into the card of these jobs; if Telegram refuses, a poll edits it later."""
        first = jobs[0]
        if card.message_id < 0:
            # An ephemeral message: the others of the group see the job, too.
            if first.progress_message_id is None:
                await self.answer(jobs, card.reply_to_message or card)
            with suppress(TelegramBadRequest):
                await card.delete()
            return
        if first.progress_message_id is None:
            sent = SentMessages(card.chat.id, {card.message_id: ResultRef(first.id)})
            await self._jobs.update_fields(first.id, sent, progress_message_id=card.message_id)
        shown = await self._cards.build(await self._jobs.get_many([job.id for job in jobs]))
        try:
            with outcomes():
                await card.edit_text(shown.text, reply_markup=shown.keyboard)
        except TelegramOutcome as outcome:
            logger.warning("failed to show job {} on its card, will retry: {}", first.id, outcome)
        else:
            await self._catch_up(jobs, card)

    async def answer(
        self, jobs: Sequence[Job], reply_to: Message, offer: Message | None = None
    ) -> None:
        """Send the card of a job or a set, or turn the offer into it.

        If that fails, worker/generation/progress.py sends it later. A counted attempt whose process died may have
        succeeded, so do not repeat it here.
        """
        if offer:
            await self.show_on(jobs, offer)
            return
        missing: dict[str, Any] = {"card_missing": UNSENT}
        first = jobs[0]
        if await self.react(jobs, reply_to):
            return
        if first.card_attempts:
            await self._jobs.update_fields(first.id, **missing)
            return
        card, sent_at = await self._cards.build(jobs), (self._clock(),)
        await self._jobs.update_fields(first.id, card_attempts=sent_at)
        try:
            with outcomes():
                shown = await reply_to.reply(card.text, reply_markup=card.keyboard)
        except TelegramOutcome as outcome:
            logger.warning("failed to send the card of job {}, will retry: {}", first.id, outcome)
            may_have_worked = isinstance(outcome, Unavailable) and outcome.ambiguous
            attempts = sent_at if may_have_worked else None
            await self._jobs.update_fields(first.id, **missing, card_attempts=attempts)
        else:
            sent = SentMessages(shown.chat.id, {shown.message_id: ResultRef(first.id)})
            is_active = await self._jobs.update_fields(
                first.id, sent, progress_message_id=shown.message_id, card_attempts=None
            )
            if not is_active:
                await self._catch_up(jobs, shown)

    async def react(self, jobs: Sequence[Job], reply_to: Message) -> bool:
        """React to the order instead of sending a card, for a quick image in a group; False if that is not possible.

        The card follows if the job takes longer than expected (worker/generation/progress.py).
        """
        job = jobs[0]
        own = reply_to.from_user and reply_to.from_user.id == job.request.user_id
        in_group = reply_to.chat.type != ChatType.PRIVATE and reply_to.message_id > 0
        if job.reacted or not (own and in_group) or len(jobs) > 1 or job.kept:
            return job.reacted
        usual = await self._durations.usual(job.request.model)
        if job.request.kind is not Kind.IMAGE or usual is None or usual >= QUICK_SECONDS:
            return False
        await self._jobs.update_fields(job.id, reacted=True, card_missing=UNSENT)
        try:
            with outcomes():
                await reply_to.react([ReactionTypeEmoji(emoji=WORKING)])
        except TelegramOutcome as outcome:
            logger.info("cannot react to the order of job {}: {}", job.id, outcome)
            await self._jobs.update_fields(job.id, reacted=False)
            return False
        return True

    async def _catch_up(self, jobs: Sequence[Job], shown: Message) -> None:
        """Update or delete the card if all jobs ended, and that was shown, while the card was being sent.

        A card that has become the result stays.
        """
        current = await self._jobs.get_many([job.id for job in jobs])
        if (
            current
            and all(job.status in TERMINAL for job in current)
            and shown.message_id not in current[0].sent_message_ids
        ):
            card = await self._cards.build(current)
            try:
                with outcomes():
                    if is_shown_by_result(current):
                        await shown.delete()
                    else:
                        await shown.edit_text(card.text, reply_markup=card.keyboard)
            except TelegramOutcome as outcome:
                logger.warning(
                    "failed to show the end of job {} on its card: {}", current[0].id, outcome
                )
