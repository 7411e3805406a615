"""Explanations of refused orders, with the next step."""

from infra.money import money
from worker.bot.current_user import CurrentUser
from worker.bot.services.admin_contacts import Contacts
from worker.bot.truncate import excerpt, one_line
from worker.bot.views.budget_text import overrun_text, restart_text
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.limits import OrderRefused, Reason

_WORDS_OF_A_PROMPT = 40
_LONGEST_MESSAGE = 1000


class Refusals:
    def __init__(self, jobs: JobStore, ledger: Ledger, contacts: Contacts) -> None:
        self._jobs = jobs
        self._ledger = ledger
        self._contacts = contacts

    async def explain(
        self, current_user: CurrentUser, refusal: OrderRefused, cost: float, jobs: int = 1
    ) -> str:
        """Return the reason and the next step as HTML.

        `cost` is the expected price of the order, in dollars, and `jobs` their number.
        """
        t, user_id = current_user.t, current_user.user.id
        match refusal.reason:
            case Reason.PAUSED if self._contacts.has_admin(user_id):
                return t("refused-paused-admin")
            case Reason.PAUSED if refusal.message:
                message = excerpt(refusal.message, _LONGEST_MESSAGE)
                return t("refused-paused-because", message=message)
            case Reason.PAUSED:
                return t("refused-paused")
            case Reason.USER_MAX_JOBS:
                return await self._busy(current_user, refusal, jobs)
            case budget:
                now = self._jobs.clock()
                lines = [
                    overrun_text(t, budget, refusal.used, refusal.allowed),
                    t("refused-over-budget", cost=money(t, cost)),
                    restart_text(t, budget, now, now) or "",
                ]
                return f"{' '.join(lines)}\n\n{await self._contacts.for_budget(t, user_id)}"

    async def _busy(self, current_user: CurrentUser, refusal: OrderRefused, ordered: int) -> str:
        t = current_user.t
        jobs = await self._jobs.get_many(await self._ledger.in_flight(current_user.user.id))
        allowed = int(refusal.allowed)
        listed = [
            t(
                f"running-{job.request.kind}",
                id=job.id,
                prompt=one_line(job.request.prompt, _WORDS_OF_A_PROMPT),
            )
            for job in jobs[:10]
        ]
        if ordered > 1:
            text = t("refused-set-max_jobs", count=len(jobs), limit=allowed, ordered=ordered)
            return "\n".join([text, *listed])
        # Jobs may have ended since, and the limit may have been lowered below the number of active jobs.
        count = max(len(jobs), allowed)
        text = t("refused-user_max_jobs", count=count, limit=allowed)
        next_step = t("refused-until-enough-end", count=count, ending=count - allowed + 1)
        return "\n".join([text, *listed, "", next_step])
