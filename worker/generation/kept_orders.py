"""Kept orders: a limit refused them, and they start as soon as the limits accept them.

A poll starts all kept orders of the user that are accepted, oldest first, in the script that checks the limits. The end
of one of the user's jobs wakes the oldest one; other changes (a new day, a raised limit, the end of a pause) are found
by the polls.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from loguru import logger

from infra.errors import FailureKind, ProviderError
from infra.retry import add_jitter
from worker.bot.views.money_format import repeated
from worker.generation.finish import Finisher
from worker.generation.policies import UNNOTICED
from worker.generation.progress import Progress
from worker.jobs.store import JobStore
from worker.limits.ledger import DAY_SECONDS, end_of_day, end_of_month
from worker.limits.limits import Limit, Reason
from worker.model import WAITED_TOO_LONG, Cancellation, Job, Kept, Status
from worker.users.allowlist import AccessList

# Seconds between two polls. The end of a user's job wakes their orders before.
_BUSY_POLL = 15.0
_BUDGET_POLL = 60.0
_LONGEST_PAUSE = 7 * DAY_SECONDS

type Priced = tuple[Job, float]


class KeptOrders:
    def __init__(  # noqa: PLR0913, PLR0917 - what the start of an order can touch
        self,
        jobs: JobStore,
        progress: Progress,
        finisher: Finisher,
        access: AccessList,
        confirm_above: float,
        unknown_price: float,
    ) -> None:
        self._jobs = jobs
        self._progress = progress
        self._finisher = finisher
        self._access = access
        self._confirm_above = confirm_above
        self._unknown_price = unknown_price

    async def poll(self, job: Job, kept: Kept) -> float | None:
        """Start the order or wait; return the seconds until the next poll, None if a step has scheduled it."""
        end: dict[str, Any] | None = None
        if not (self._access.is_open or await self._access.is_allowed(job.request.user_id)):
            end = {"status": Status.CANCELLED, "cancellation": Cancellation.UNSENT}
        elif self._jobs.clock() >= waits_until(kept):
            end = {"status": Status.FAILED, "failure": WAITED_TOO_LONG}
        if end is None:
            return await self._start(job, kept)
        await self._finisher.end(job, {Status.CREATED}, **end, kept=None)
        return None

    async def _start(self, job: Job, kept: Kept) -> float | None:
        user_id = job.request.user_id
        orders = [
            [(each, repeated(each.request, self._unknown_price) or 0) for each in order]
            for order in await self._waiting(user_id)
        ]
        own = next((each for each in orders if job.set_id == each[0][0].set_id), None)
        if own is None:
            return None  # another poll has started it
        if self._is_dearer(own, kept):
            total = sum(cost for _, cost in own)
            detail = f"The order costs ${total:.3f} now; ${kept.price:.3f} was shown."
            rose = ProviderError(FailureKind.PRICE_ROSE, detail)
            await self._finisher.fail(job, {Status.CREATED}, rose, kept=None)
            return None
        accepted = [order for order in orders if not self._is_dearer(order, order[0][0].kept)]
        outcomes = await self._jobs.start_kept(user_id, accepted)
        for order, refused in zip(accepted, outcomes, strict=True):
            if refused is None:
                logger.info("kept order started: {}", " ".join(each.id for each, _ in order))
        refusal = outcomes[accepted.index(own)]
        return None if refusal is None else await self._wait(job, kept, refusal.reason)

    async def _wait(self, job: Job, kept: Kept, reason: Reason) -> float | None:
        """Show what the order waits for; return the seconds until the next poll."""
        wait = _until_next_poll(reason, self._jobs.clock())
        if reason != kept.reason:
            kept = kept.model_copy(update={"reason": reason})
            if not await self._jobs.move(job, None, due=wait, kept=kept):
                return None
        return await self._progress.show_often(job.model_copy(update={"kept": kept}), wait)

    async def _waiting(self, user_id: int) -> list[list[Job]]:
        """Return the kept orders of a user, oldest first, each one job or the jobs of a set."""
        jobs = await self._jobs.get_many(await self._jobs.kept_ids(user_id))
        kept = [job for job in jobs if job.kept and not job.cancel_requested]
        return [list(order) for _, order in groupby(kept, lambda job: job.set_id)]

    def _is_dearer(self, order: Sequence[Priced], kept: Kept | None) -> bool:
        """Return whether the order costs noticeably more than was shown, and enough to ask first."""
        total, size = sum(cost for _, cost in order), order[0][0].request.job_set
        shown = (kept.price if kept else 0) * len(order) / (size.size if size else 1)
        return total > self._confirm_above and total > shown * UNNOTICED


def waits_until(kept: Kept) -> float:
    """Return when a kept order is given up, in seconds since the epoch: a day after its limit should allow it."""
    match Reason(kept.reason):
        case Reason.PAUSED:
            return kept.since + _LONGEST_PAUSE
        case Reason.USER_MAX_JOBS | Reason.KEPT_ORDERS:
            return kept.since + DAY_SECONDS
        case budget:
            return _restart(budget, kept.since) + DAY_SECONDS


def _until_next_poll(reason: Reason, now: float) -> float:
    """Return the seconds until the next poll: not after the budget starts again."""
    if not reason.is_budget:
        return add_jitter(_BUSY_POLL)
    return min(add_jitter(_BUDGET_POLL), _restart(reason, now) - now + 1)


def _restart(budget: Reason, now: float) -> float:
    return end_of_month(now) if Limit(budget).is_monthly else end_of_day(now)
