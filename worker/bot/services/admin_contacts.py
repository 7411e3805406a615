"""The admins, as named contacts for users."""

from infra.i18n import Phrases
from worker.bot.admin_alerts import ALARMING
from worker.bot.views.job_card import FOR_ADMINS, failure_of
from worker.bot.views.user_link import linked
from worker.model import Job, Status
from worker.users.store import UserStore


class Contacts:
    def __init__(self, users: UserStore, admins: frozenset[int]) -> None:
        self._users = users
        self._admins = admins

    def has_admin(self, user_id: int) -> bool:
        return user_id in self._admins

    async def for_failure(self, t: Phrases, job: Job, reader: int | None = None) -> str:
        """Return HTML on what to do about a failed job, for its author or for another `reader`.

        Empty if the usual text is enough: the failure is not for admins, or the bot knows none of them by name.
        """
        kind = failure_of(job)
        if job.status is not Status.FAILED or kind not in ALARMING | FOR_ADMINS:
            return ""
        if self.has_admin(reader or job.request.user_id):
            return t(f"failure-{kind}-admin")
        if kind in FOR_ADMINS:
            return ""
        admins = await self.admins(t)
        return f"{t('failure-ask')} {admins}" if admins else ""

    async def for_budget(self, t: Phrases, user_id: int) -> str:
        """Return HTML on how to get a larger budget."""
        if self.has_admin(user_id):
            return t("raise-budget")
        admins = await self.admins(t)
        return f"{t('ask-somebody')} {admins}" if admins else t("ask-an-admin")

    async def admins(self, t: Phrases) -> str:
        """Return the names of the admins as HTML links; empty if the bot knows none of them."""
        known = (await self._users.get_many(sorted(self._admins))).values()
        return ", ".join(linked(t, user) for user in known if user.name)
