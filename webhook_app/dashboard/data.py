"""Data of the dashboard: jobs, queues, limits, spending and dead letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arq.connections import ArqRedis

from infra.settings import Settings
from webhook_app.dashboard.query import JOBS_PER_PAGE, ListPosition
from worker.comparisons.ranking import Rankings
from worker.jobs.store import JobStore, Page
from worker.limits.ledger import Account, Ledger
from worker.limits.limits import Limits, LimitStore
from worker.limits.slots import Slots
from worker.operations.dead_letters import DeadLetter, DeadLetterStore
from worker.operations.reconciliation import Reconciliation, ReconciliationStore
from worker.operations.status import Overview, State
from worker.queues.names import Clock
from worker.users.store import User, UserStore

_RECENT_DAYS = 30


@dataclass(frozen=True)
class DashboardData:
    """`paused` is the admin's message while new jobs are refused; `waiting_chats` have unhandled updates."""

    page: Page
    users: Mapping[int, User]
    state: State
    waiting_chats: int
    today: Account
    week: Account
    limits: Limits
    paused: str | None
    dead_letters: Sequence[DeadLetter]


@dataclass(frozen=True)
class Spending:
    """Spending of this month, of the last days together, and of each of them, newest first."""

    month: Account
    recent: Account
    days: Mapping[str, Account]
    users: Mapping[int, User]
    limits: Limits
    reconciliations: Sequence[Reconciliation]


class DashboardReader:
    def __init__(self, redis: ArqRedis, settings: Settings, clock: Clock) -> None:
        settled = Limits.of(settings)
        self._redis = redis
        self._jobs = JobStore(redis, settled, clock)
        self.dead_letters = DeadLetterStore(redis, self._jobs)
        self.users = UserStore(redis)
        self._overview = Overview(redis, self._jobs, Slots(redis, settled))
        self.ledger = Ledger(redis, clock)
        self._limits = LimitStore(redis, settled)
        self.rankings = Rankings(redis)
        self._reconciliations = ReconciliationStore(redis)

    async def read(self, place: ListPosition) -> DashboardData:
        page = await self._jobs.page(
            statuses=place.show.statuses, cursor=place.cursor, limit=JOBS_PER_PAGE
        )
        return DashboardData(
            page=page,
            users=await self.users.get_many({job.request.user_id for job in page.jobs}),
            state=await self._overview.read(),
            waiting_chats=int(await self._redis.zcard("darkroom:chats")),
            today=await self.ledger.read(),
            week=await self.ledger.read(7),
            limits=await self._limits.get(),
            paused=await self._limits.paused(),
            dead_letters=await self.dead_letters.get_all(),
        )

    async def read_spending(self) -> Spending:
        month, recent = await self.ledger.read_month(), await self.ledger.read(_RECENT_DAYS)
        days = self.ledger.last_days(_RECENT_DAYS)
        return Spending(
            month=month,
            recent=recent,
            days=await self.ledger.read_each(days),
            users=await self.users.get_many({*month.users, *recent.users}),
            limits=await self._limits.get(),
            reconciliations=await self._reconciliations.read(days),
        )
