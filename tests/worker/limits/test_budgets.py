"""Budgets of a day and a month, for a user, a guest and the team, at each edge."""

from datetime import UTC, datetime

import pytest
from arq.connections import ArqRedis

from tests.clock import Clock
from tests.worker.jobs.test_store import request
from worker.jobs.store import JobStore
from worker.limits.ledger import DAY_SECONDS, Ledger, day, end_of_day, end_of_month
from worker.limits.limits import UNLIMITED, Limit, Limits, LimitStore, OrderRefused, Reason
from worker.model import Job, Status
from worker.operations.dead_letters import DeadLetterStore
from worker.users.roles import Role
from worker.users.store import UserStore

GUEST, BEN = 1, 2
BUDGETS = [limit for limit in Limit if limit.is_money]


@pytest.fixture(autouse=True)
def middle_of_november(clock: Clock) -> None:
    clock.now = datetime(2026, 11, 15, 12, tzinfo=UTC).timestamp()


@pytest.fixture(autouse=True)
async def guest(redis: ArqRedis) -> None:
    await UserStore(redis).set_role(GUEST, Role.GUEST)


class Desk:
    """Orders of one user after another, each with its own origin."""

    def __init__(self, redis: ArqRedis, clock: Clock, limits: Limits = UNLIMITED) -> None:
        self.store = JobStore(redis, limits, clock)
        self._orders = 0

    async def order(self, cost: float, user: int = GUEST) -> Job:
        self._orders += 1
        return await self.store.create(request(user), f"origin-{self._orders}", cost=cost)


@pytest.mark.parametrize("limit", BUDGETS)
async def test_budget_is_used_up_to_the_last_millionth(
    redis: ArqRedis, clock: Clock, limit: Limit
) -> None:
    """What fits exactly is accepted, a millionth more is refused with the sums, and an admin's change counts."""
    desk = Desk(redis, clock, UNLIMITED.changed({limit: 0.3}))
    await desk.order(0.1)
    with pytest.raises(OrderRefused) as refused:
        await desk.order(0.200001)
    refusal = refused.value
    assert (refusal.reason, refusal.used, refusal.allowed) == (Reason(limit), 0.1, 0.3)
    await desk.order(0.2)
    await LimitStore(redis, UNLIMITED).set(limit, 0.35)
    await desk.order(0.05)
    await LimitStore(redis, UNLIMITED).set(limit, 0)
    await desk.order(1000)


@pytest.mark.parametrize("limit", BUDGETS)
async def test_budget_counts_its_own_users(redis: ArqRedis, clock: Clock, limit: Limit) -> None:
    """A budget of a user leaves others alone, one of a guest is for guests only, the team's is for all."""
    desk = Desk(redis, clock, UNLIMITED.changed({limit: 0.3}))
    await desk.order(0.3)
    if limit.startswith("team"):
        with pytest.raises(OrderRefused):
            await desk.order(0.01, BEN)
    else:
        await desk.order(0.3, BEN)
    if limit.startswith("guest"):
        await desk.order(0.3, BEN)
        await UserStore(redis).set_role(GUEST, Role.MEMBER)
        await desk.order(0.3)


@pytest.mark.parametrize("limit", [limit for limit in BUDGETS if limit.is_monthly])
async def test_month_is_the_sum_of_its_days(redis: ArqRedis, clock: Clock, limit: Limit) -> None:
    """From the first to the last moment of the month in UTC, and then from zero; other months do not count."""
    desk = Desk(redis, clock, UNLIMITED.changed({limit: 0.3}))
    clock.now = datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC).timestamp()
    await desk.order(0.3)
    clock.now += 1
    await desk.order(0.1)
    clock.now = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC).timestamp()
    await desk.order(0.2)
    with pytest.raises(OrderRefused) as refused:
        await desk.order(0.001)
    assert refused.value.used == 0.3
    clock.now += 1
    await desk.order(0.3)


@pytest.mark.parametrize("limit", BUDGETS)
async def test_repricing_respects_each_budget(redis: ArqRedis, clock: Clock, limit: Limit) -> None:
    """Only the increase must fit; a refused one books nothing."""
    desk = Desk(redis, clock, UNLIMITED.changed({limit: 0.3}))
    job = await desk.order(0.1)
    with pytest.raises(OrderRefused):
        await desk.store.reprice(job, 0.300001)
    assert (await Ledger(redis, clock).read()).total.dollars == 0.1
    assert await desk.store.reprice(job, 0.3)
    assert (await Ledger(redis, clock).read()).total.dollars == 0.3


async def test_repricing_after_midnight_counts_in_the_month_of_the_order(
    redis: ArqRedis, clock: Clock
) -> None:
    """A job that was ordered in the last second of November is booked to November, whenever it is measured."""
    desk = Desk(redis, clock, UNLIMITED.changed({Limit.USER_MONTHLY_BUDGET: 0.3}))
    clock.now = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC).timestamp()
    job = await desk.order(0.2)
    clock.now += 60
    await desk.order(0.3)
    with pytest.raises(OrderRefused) as refused:
        await desk.store.reprice(job, 0.4)
    assert refused.value.used == 0.2
    assert await desk.store.reprice(job, 0.3)
    ledger = Ledger(redis, clock)
    assert (await ledger.read_month()).total.dollars == 0.3
    assert (await ledger.read(2)).total.dollars == 0.6


@pytest.mark.parametrize("limit", BUDGETS)
async def test_retry_of_a_dead_letter_respects_each_budget(
    redis: ArqRedis, clock: Clock, limit: Limit
) -> None:
    """A job that had released its reservation reserves it again, or stays a dead letter."""
    desk = Desk(redis, clock, UNLIMITED.changed({limit: 0.3}))
    job = await desk.order(0.2)
    dead_letters = DeadLetterStore(redis, desk.store)
    await dead_letters.add_dead_letter(job, "a bug")
    await desk.store.move(job, {Status.CREATED}, Status.FAILED, due=None, failure="unknown")
    await desk.order(0.2)
    [dead_letter] = await dead_letters.get_all()
    with pytest.raises(OrderRefused, match=rf"{limit} has \$0.100 of \$0.3 left"):
        await dead_letters.retry(dead_letter)
    assert await dead_letters.count() == 1
    await LimitStore(redis, UNLIMITED).set(limit, 0.4)
    assert await dead_letters.retry(dead_letter)
    assert not await dead_letters.retry(dead_letter)
    retried = await desk.store.get(job.id)
    assert retried
    assert (retried.status, retried.cost) == (Status.CREATED, 0.2)
    assert (await Ledger(redis, clock).read()).total.dollars == 0.4


async def test_month_refusal_comes_before_that_of_the_day(redis: ArqRedis, clock: Clock) -> None:
    """Nobody waits for the next day to be refused again."""
    desk = Desk(redis, clock, UNLIMITED.changed({limit.value: 0.1 for limit in BUDGETS}))
    with pytest.raises(OrderRefused) as refused:
        await desk.order(0.2)
    assert refused.value.reason is Reason.GUEST_MONTHLY_BUDGET
    with pytest.raises(OrderRefused) as refused:
        await desk.order(0.2, BEN)
    assert refused.value.reason is Reason.USER_MONTHLY_BUDGET


async def test_month_counts_what_the_version_before_has_booked(
    redis: ArqRedis, clock: Clock
) -> None:
    """It writes ledgers of days only, so the month is right on the first day after the upgrade."""
    spent = {"spent": 250_000, "spent:person:1": 250_000, "jobs": 1, "jobs:person:1": 1}
    past = day(clock.now - 9 * DAY_SECONDS)
    await redis.hset(f"darkroom:ledger:{past}", mapping=spent)  # type: ignore[misc]
    desk = Desk(redis, clock, UNLIMITED.changed({Limit.USER_MONTHLY_BUDGET: 0.3}))
    with pytest.raises(OrderRefused) as refused:
        await desk.order(0.06)
    assert refused.value.used == 0.25
    await desk.order(0.05)


async def test_ledger_of_a_day_expires(redis: ArqRedis, clock: Clock) -> None:
    """After three months, when no budget counts it and fal returns no bill of it."""
    await Desk(redis, clock).order(0.1)
    left = await redis.ttl(f"darkroom:ledger:{day(clock.now)}")
    assert 90 * DAY_SECONDS < left <= 100 * DAY_SECONDS


@pytest.mark.parametrize(
    ("moment", "month_ends"),
    [
        ("2026-11-30T23:59:59", "2026-12-01"),
        ("2026-12-01T00:00:00", "2027-01-01"),
        ("2027-01-31T12:00:00", "2027-02-01"),
        ("2028-02-29T00:00:00", "2028-03-01"),
    ],
)
async def test_days_and_months_end_in_utc(moment: str, month_ends: str) -> None:
    """Each month with its own length."""
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    assert day(end_of_month(now)) == month_ends
    assert end_of_month(now) % DAY_SECONDS == 0
    assert 0 < end_of_day(now) - now <= DAY_SECONDS
