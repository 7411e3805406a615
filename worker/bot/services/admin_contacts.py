"""Who runs the service, and whom people can ask: the admins, by name."""

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

    async def for_failure(self, say: Phrases, job: Job, reader: int | None = None) -> str:
        """HTML: what to do about how a job ended, said to its author unless somebody else reads it.

        Empty when the usual words for it will do: it is nothing for admins, or the bot knows none of them by name.
        """
        kind = failure_of(job)
        if job.status is not Status.FAILED or kind not in ALARMING | FOR_ADMINS:
            return ""
        if self.has_admin(reader or job.request.user_id):
            return say(f"failure-{kind}-admin")
        if kind in FOR_ADMINS:
            return ""
        admins = await self.admins(say)
        return f"{say('failure-ask')} {admins}" if admins else ""

    async def for_budget(self, say: Phrases, user_id: int) -> str:
        """HTML: how somebody whose budget is spent gets a larger one."""
        if self.has_admin(user_id):
            return say("raise-budget")
        admins = await self.admins(say)
        return f"{say('ask-somebody')} {admins}" if admins else say("ask-an-admin")

    async def admins(self, say: Phrases) -> str:
        """HTML: their names, which lead to them; empty while the bot knows none of them."""
        known = (await self._users.get_many(sorted(self._admins))).values()
        return ", ".join(linked(say, user) for user in known if user.name)
