"""Data of the admin card: usage, state, limits, users and the ranking of models."""

from dataclasses import dataclass

from infra.fal.model import Work
from worker.bot.admin_callback_data import Section
from worker.bot.current_user import CurrentUser
from worker.bot.views.admin_card import USERS_ON_A_PAGE, AdminCard, Member
from worker.bot.views.card import Card
from worker.comparisons.ranking import Rankings
from worker.limits.ledger import Ledger
from worker.limits.limits import Limit, LimitStore
from worker.operations.reconciliation import ReconciliationStore
from worker.operations.status import Overview
from worker.users.allowlist import AccessList
from worker.users.roles import role_of
from worker.users.store import User, UserStore

_LISTED_DAYS = 30
_BUDGETS = {Section.TODAY: Limit.TEAM_DAILY_BUDGET, Section.MONTH: Limit.TEAM_MONTHLY_BUDGET}


@dataclass(frozen=True)
class Administration:
    ledger: Ledger
    limits: LimitStore
    access: AccessList
    users: UserStore
    overview: Overview
    rankings: Rankings
    reconciliations: ReconciliationStore

    async def view(  # noqa: PLR0911 - one for each view
        self, current_user: CurrentUser, section: Section, about: str = ""
    ) -> Card:
        """Build the card from the current data; `about` is a page, a user, a limit or a work."""
        paused = await self.limits.paused() is not None
        card = AdminCard(current_user.t, current_user.user.id, paused)
        match section:
            case Section.TODAY | Section.WEEK | Section.MONTH:
                return await self._usage(card, section)
            case Section.DAYS:
                days = self.ledger.last_days(_LISTED_DAYS)
                return card.days(await self.ledger.read_each(days))
            case Section.BILLS:
                days = self.ledger.last_days(_LISTED_DAYS)
                return card.bills(await self.reconciliations.read(days))
            case Section.STATE:
                limits, account = await self.limits.get(), await self.ledger.read()
                return card.state(await self.overview.read(), account, limits.fal_slots)
            case Section.USERS:
                return await self._users(card, int(about or 0))
            case Section.USER:
                user = await self.users.get(int(about))
                return card.user(self._member(user, await self.access.added()))
            case Section.RANKING:
                return card.ranking(await self.rankings.read(), Work(about) if about else None)
            case Section.PAUSE:
                return card.pause()
            case Section.LIMITS | Section.LIMIT:
                limits = await self.limits.get()
                limit = Limit(about) if about else None
                return card.limit(limit, limits[limit]) if limit else card.limits(limits)

    async def _usage(self, card: AdminCard, section: Section) -> Card:
        if section is Section.MONTH:
            account = await self.ledger.read_month()
        else:
            account = await self.ledger.read(7 if section is Section.WEEK else 1)
        names, limits = await self.users.get_many(account.users), await self.limits.get()
        budget = limits[_BUDGETS[section]] if section in _BUDGETS else 0
        return card.usage(section, account, names, budget)

    async def _users(self, card: AdminCard, page: int) -> Card:
        added = await self.access.added()
        known = await self.users.get_many(await self.access.members() | await self.users.known())
        members = sorted(
            (self._member(user, added) for user in known.values()),
            key=lambda member: (not member.allowed, member.user.name.lower(), member.user.id),
        )
        last = max(0, len(members) - 1) // USERS_ON_A_PAGE
        return card.users(members, min(page, last), is_open=self.access.is_open)

    def _member(self, user: User, added: set[int]) -> Member:
        settled, is_added = self.access.is_settled(user.id), user.id in added
        if user.id in self.access.admins:
            standing = "access-is-admin"
        elif self.access.is_open:
            standing = "access-is-open"
        elif settled:
            standing = "access-is-settled"
        else:
            standing = "access-is-added" if is_added else "access-is-closed"
        role = role_of(user, self.access.admins)
        return Member(user, standing, settled or is_added, settled, role)
