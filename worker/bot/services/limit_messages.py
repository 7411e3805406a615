"""Explanations of refused orders, with the next step."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardMarkup

from infra.money import SMALLEST, money
from worker.bot.callback_data import KeepOrder
from worker.bot.current_user import CurrentUser
from worker.bot.services.admin_contacts import Contacts
from worker.bot.truncate import excerpt, one_line
from worker.bot.views.budget_text import overrun_text, restart_text
from worker.bot.views.card import Card
from worker.bot.views.job_card import active_line
from worker.bot.views.keyboards import button
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.limits import OrderRefused, Reason
from worker.model import CANCELLABLE, UNPOSTED, Job, Status

_WORDS_ON_BUTTON = 20
_LONGEST_MESSAGE = 1000


@dataclass(frozen=True)
class Refused:
    """A refused order: why, its expected price in dollars, and its number of jobs."""

    refusal: OrderRefused
    cost: float
    jobs: int = 1

    @property
    def can_wait(self) -> bool:
        """Return whether the limit will accept the order some day."""
        match self.refusal.reason:
            case Reason.PAUSED:
                return True
            case Reason.USER_MAX_JOBS:
                return self.jobs <= self.refusal.allowed
            case reason:
                return reason.is_budget and self.cost <= self.refusal.allowed


class Refusals:
    def __init__(self, jobs: JobStore, ledger: Ledger, contacts: Contacts) -> None:
        self._jobs = jobs
        self._ledger = ledger
        self._contacts = contacts

    async def card(
        self, current_user: CurrentUser, refused: Refused, order: str | None = None
    ) -> Card:
        """Explain the refusal; with the id of a refused order, offer to keep it."""
        active: list[Job] = []
        if refused.refusal.reason is Reason.USER_MAX_JOBS:
            in_flight = await self._ledger.in_flight(current_user.user.id)
            active = await self._jobs.get_many(in_flight)
        keeps = order if refused.can_wait else None
        keyboard = _offers(current_user, refused, active, keeps) if keeps else None
        return Card(await self._explain(current_user, refused, active, keeps=bool(keeps)), keyboard)

    async def _explain(
        self, current_user: CurrentUser, refused: Refused, active: Sequence[Job], *, keeps: bool
    ) -> str:
        """Return the reason and the next step as HTML."""
        t, user_id, refusal = current_user.t, current_user.user.id, refused.refusal
        match refusal.reason:
            case Reason.PAUSED if self._contacts.has_admin(user_id):
                return t("refused-paused-admin")
            case Reason.PAUSED if refusal.message:
                message = excerpt(refusal.message, _LONGEST_MESSAGE)
                return t("refused-paused-because", message=message)
            case Reason.PAUSED:
                return t("refused-paused")
            case Reason.KEPT_ORDERS:
                return t("refused-kept_orders", limit=int(refusal.allowed))
            case Reason.USER_MAX_JOBS:
                return _busy(current_user, refused, active, keeps=keeps)
            case budget:
                now = self._jobs.clock()
                lines = [
                    overrun_text(t, budget, refusal.used, refusal.allowed),
                    t("refused-over-budget", cost=money(t, refused.cost))
                    if refused.cost >= SMALLEST
                    else None,
                    restart_text(t, budget, now, now),
                ]
                return f"{' '.join(filter(None, lines))}\n\n{await self._contacts.for_budget(t, user_id)}"


def _busy(
    current_user: CurrentUser, refused: Refused, active: Sequence[Job], *, keeps: bool
) -> str:
    t, allowed = current_user.t, int(refused.refusal.allowed)
    listed = [active_line(t, job) for job in active[:10]]
    waits = ["", t("refused-can-wait")] if keeps else []
    if refused.jobs > 1:
        key = "refused-set-can-wait" if keeps else "refused-set-max_jobs"
        text = t(key, count=len(active), limit=allowed, ordered=refused.jobs)
        return "\n".join([text, *listed, *waits])
    # Jobs may have ended since, and the limit may have been lowered below the number of active jobs.
    count = max(len(active), allowed)
    text = t("refused-user_max_jobs", count=count, limit=allowed)
    again = t("refused-until-enough-end", count=count, ending=count - allowed + 1)
    return "\n".join([text, *listed, *(waits or ["", again])])


def _offers(
    current_user: CurrentUser, refused: Refused, active: Sequence[Job], order: str
) -> InlineKeyboardMarkup:
    """Offer to keep the order, and to cancel the job for it that costs least."""
    t, owner = current_user.t, current_user.user.id
    is_busy = refused.refusal.reason is Reason.USER_MAX_JOBS
    label = t.plain("button-keep-queued" if is_busy else "button-keep")
    rows = [[button(label, KeepOrder(owner=owner, order=order).pack())]]
    instead = cheapest_to_cancel(active)
    if instead and refused.jobs == 1 and len(active) <= refused.refusal.allowed:
        prompt = one_line(instead.request.prompt, _WORDS_ON_BUTTON) or instead.id
        data = KeepOrder(owner=owner, order=order, instead=instead.id).pack()
        rows.append([button(t.plain("button-cancel-instead", prompt=prompt), data, "danger")])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def cheapest_to_cancel(active: Sequence[Job]) -> Job | None:
    """Return the newest job that fal has not got, else the newest that it has not begun, else the newest."""
    known = [job for job in active if job.status in CANCELLABLE and not job.cancel_requested]
    for statuses in (UNPOSTED, {Status.QUEUED}, CANCELLABLE):
        if found := [job for job in known if job.status in statuses]:
            return max(found, key=lambda job: job.id)
    return None
