"""Kept orders over a real Valkey: each starts once, in order, and within the limits."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from arq.connections import ArqRedis

from tests.clock import Clock
from tests.worker.jobs.test_store import request
from tests.worker.queues.test_inbox import arq_jobs
from worker.jobs.cancellation import request_cancellation
from worker.jobs.scripts import MOST_KEPT
from worker.jobs.store import JobStore
from worker.limits.ledger import DAY_SECONDS, Ledger
from worker.limits.limits import Limit, Limits, LimitStore, OrderRefused, Reason
from worker.model import Job, Kind, SetPurpose, Status
from worker.queues.names import Task

USER = 42
LIMITS = Limits(user_max_jobs=2, user_daily_budget=1)


@pytest.fixture(autouse=True)
def noon(clock: Clock) -> None:
    clock.now = datetime(2026, 11, 15, 12, tzinfo=UTC).timestamp()


class Desk:
    """Orders of one user, each with its own origin."""

    def __init__(self, redis: ArqRedis, clock: Clock, limits: Limits = LIMITS) -> None:
        self.redis = redis
        self.clock = clock
        self.store = JobStore(redis, limits, clock)
        self._orders = 0

    def _origin(self) -> str:
        self._orders += 1
        self.clock.now += 1  # ids sort by time
        return f"origin-{self._orders}"

    async def order(self, cost: float = 0.1) -> Job:
        return await self.store.create(request(USER), self._origin(), cost=cost)

    async def keep(self, cost: float = 0.1, kind: Kind = Kind.IMAGE) -> Job:
        reason = Reason.USER_MAX_JOBS
        return await self.store.create(
            request(USER, kind), self._origin(), cost=cost, keep_for=reason
        )

    async def start(self, cost: float = 0.1) -> list[str]:
        """Start what is accepted; return the ids of the jobs that have started."""
        ids = await self.store.kept_ids(USER)
        jobs = await self.store.get_many(ids)
        await self.store.start_kept(USER, [[(job, cost)] for job in jobs])
        return [job_id for job_id in ids if job_id not in await self.store.kept_ids(USER)]

    async def end(self, job: Job) -> None:
        now = await self.store.get(job.id)
        assert now
        assert await self.store.move(now, {now.status}, Status.CANCELLED, due=None)

    async def due(self, job: Job) -> float | None:
        due = await self.redis.zscore(f"darkroom:due:{job.queue}", job.id)
        return None if due is None else float(due)


@pytest.fixture
def desk(redis: ArqRedis, clock: Clock) -> Desk:
    return Desk(redis, clock)


async def test_kept_order_counts_nothing_until_it_starts(desk: Desk) -> None:
    """Neither a job nor a dollar of the budget; after its start both, once, on the day of the start."""
    first, _ = await desk.order(), await desk.order()
    kept = await desk.keep()
    assert kept.kept
    assert (kept.kept.reason, kept.kept.price) == (Reason.USER_MAX_JOBS, 0.1)
    ledger = Ledger(desk.redis, desk.clock)
    assert (await ledger.read()).total.jobs == 2
    assert kept.id not in await ledger.in_flight(USER)
    assert await desk.start() == []

    desk.clock.now += DAY_SECONDS
    await desk.end(first)
    assert await desk.start() == [kept.id]
    started = await desk.store.get(kept.id)
    assert started
    assert (started.kept, started.problem, started.cost) == (None, None, 0.1)
    assert started.created_at == desk.clock()
    assert started.ordered_at == kept.created_at
    today = await ledger.read(1)
    assert today.total.jobs == 1
    assert today.total.dollars == pytest.approx(0.1)
    assert kept.id in await ledger.in_flight(USER)


async def test_order_that_is_accepted_meanwhile_starts_at_once(desk: Desk) -> None:
    """The press came after a job had ended."""
    job = await desk.keep()
    assert job.kept is None
    assert await desk.store.kept_ids(USER) == []
    assert job.id in await Ledger(desk.redis).in_flight(USER)


async def test_repeated_press_keeps_the_same_order(desk: Desk) -> None:
    """A repeated update finds the job, also after it has started."""
    first, _ = await desk.order(), await desk.order()
    keep = {"cost": 0.1, "keep_for": Reason.USER_MAX_JOBS}
    kept = await desk.store.create(request(USER), "press", **keep)  # type: ignore[arg-type]
    again = await desk.store.create(request(USER), "press", **keep)  # type: ignore[arg-type]
    assert again.id == kept.id
    await desk.end(first)
    await desk.start()
    later = await desk.store.create(request(USER), "press", **keep)  # type: ignore[arg-type]
    assert (later.id, later.kept) == (kept.id, None)
    assert await desk.store.kept_ids(USER) == []


async def test_two_free_places_start_the_two_oldest(desk: Desk) -> None:
    """In order, however many wait; the others stay."""
    running = [await desk.order(), await desk.order()]
    kept = [await desk.keep(kind=kind) for kind in (Kind.VIDEO, Kind.IMAGE, Kind.IMAGE)]
    for job in running:
        await desk.end(job)
    assert await desk.start() == [job.id for job in kept[:2]]
    assert await desk.store.kept_ids(USER) == [kept[2].id]


async def test_concurrent_polls_start_each_order_once(redis: ArqRedis, clock: Clock) -> None:
    """Twenty polls at once, with different prices: the limit of jobs holds, each step is enqueued once."""
    desk = Desk(redis, clock, Limits(user_max_jobs=3, user_daily_budget=10))
    running = [await desk.order() for _ in range(3)]
    kept = [await desk.keep() for _ in range(8)]
    before = len(await _begun(redis, kept))
    for job in running[:2]:
        await desk.end(job)
    await asyncio.gather(*(desk.start(0.1 + number / 100) for number in range(20)))
    assert await desk.store.kept_ids(USER) == [job.id for job in kept[2:]]
    assert (before, await _begun(redis, kept)) == (0, [job.id for job in kept[:2]])
    assert len(await Ledger(redis).in_flight(USER)) == 3


async def test_budget_is_not_overspent(redis: ArqRedis, clock: Clock) -> None:
    """Of ten orders that together cost too much, concurrent polls start only those that fit."""
    desk = Desk(redis, clock, Limits(user_daily_budget=1))
    first = await desk.order(0.7)
    kept = [await desk.keep(0.4) for _ in range(5)]
    assert all(job.kept for job in kept)
    await desk.end(first)  # nothing was sent: it cost nothing
    await asyncio.gather(*(desk.start(0.4) for _ in range(10)))
    assert await desk.store.kept_ids(USER) == [job.id for job in kept[2:]]
    spent = (await Ledger(redis, clock).read()).total.dollars
    assert spent == pytest.approx(0.8)


async def test_cheaper_order_passes_one_that_waits_for_a_budget(
    redis: ArqRedis, clock: Clock
) -> None:
    """As a new order would; one that waits for the number of jobs is not passed."""
    desk = Desk(redis, clock, Limits(user_daily_budget=1))
    await desk.order(0.7)
    dear, cheap = await desk.keep(0.9), await desk.keep(0.9)
    orders = [[(dear, 0.9)], [(cheap, 0.1)]]
    refused, started = await desk.store.start_kept(USER, orders)
    assert (refused and refused.reason, started) == (Reason.USER_DAILY_BUDGET, None)
    assert await desk.store.kept_ids(USER) == [dear.id]


async def test_end_of_a_job_wakes_the_oldest_order(desk: Desk) -> None:
    """At once, whatever its next poll was; also by an order that ends itself."""
    running, _ = await desk.order(), await desk.order()
    kept = [await desk.keep(), await desk.keep()]
    planned = await desk.due(kept[0])
    await desk.end(running)
    woken = await desk.due(kept[0])
    assert woken
    assert planned
    assert woken < planned
    await desk.end(kept[0])
    assert await desk.store.kept_ids(USER) == [kept[1].id]
    assert await desk.due(kept[0]) is None


async def test_cancelled_order_does_not_start(desk: Desk) -> None:
    """Between the request and its end, nothing is counted, and the next order takes its place."""
    running, _ = await desk.order(), await desk.order()
    kept, following = await desk.keep(), await desk.keep()
    assert await request_cancellation(desk.store, kept)
    await desk.end(running)
    assert await desk.start() == [following.id]
    await desk.end(kept)
    assert await desk.store.kept_ids(USER) == []
    assert (await Ledger(desk.redis, desk.clock).read()).total.dollars == pytest.approx(0.2)


async def test_step_of_a_kept_order_is_not_taken(desk: Desk) -> None:
    """A task that is left over submits nothing."""
    await desk.order()
    await desk.order()
    kept = await desk.keep()
    assert not await desk.store.move(kept, {Status.CREATED}, Status.SUBMITTING, due=1)


async def test_version_before_waits_with_a_kept_order(desk: Desk) -> None:
    """It sees a job whose next try is not due, until long after the order is given up."""
    await desk.order()
    await desk.order()
    kept = await desk.keep()
    assert kept.problem
    assert kept.problem.again_at
    assert kept.problem.again_at > desk.clock() + 70 * DAY_SECONDS


async def test_number_of_kept_orders_is_limited(desk: Desk) -> None:
    """One more is refused and not stored."""
    await desk.order()
    await desk.order()
    for _ in range(MOST_KEPT):
        await desk.keep()
    with pytest.raises(OrderRefused) as refused:
        await desk.keep()
    assert (refused.value.reason, refused.value.allowed) == (Reason.KEPT_ORDERS, MOST_KEPT)
    assert len(await desk.store.kept_ids(USER)) == MOST_KEPT


async def test_set_starts_as_a_whole(desk: Desk) -> None:
    """One free place is not enough for two formats; what follows does not pass it."""
    running = [await desk.order(), await desk.order()]
    orders = [(request(USER), 0.1)] * 2
    formats = SetPurpose.FORMATS
    kept = await desk.store.create_set(orders, "set", formats, keep_for=Reason.USER_MAX_JOBS)
    last = await desk.keep()
    waiting = [[(job, 0.1) for job in kept], [(last, 0.1)]]
    await desk.end(running[0])
    assert _reasons(await desk.store.start_kept(USER, waiting)) == ["user_max_jobs"] * 2
    await desk.end(running[1])
    assert _reasons(await desk.store.start_kept(USER, waiting)) == [None, "user_max_jobs"]
    assert await desk.store.kept_ids(USER) == [last.id]
    assert await desk.redis.ttl(f"darkroom:job-set:{kept[0].id}") > 31 * DAY_SECONDS


async def test_pause_keeps_all_orders(desk: Desk) -> None:
    """After its end they start, in order."""
    store = LimitStore(desk.redis, LIMITS)
    await store.pause("an audit")
    kept = await desk.keep()
    assert kept.kept
    assert await desk.start() == []
    await store.resume()
    assert await desk.start() == [kept.id]


async def test_raised_limit_starts_an_order(desk: Desk) -> None:
    """The scripts read the limit that an admin has set."""
    await desk.order()
    await desk.order()
    kept = await desk.keep()
    await LimitStore(desk.redis, LIMITS).set(Limit.USER_MAX_JOBS, 3)
    assert await desk.start() == [kept.id]


async def _begun(redis: ArqRedis, jobs: Sequence[Job]) -> list[str]:
    """Return the jobs whose first step is enqueued, as often as it is."""
    ids = {job.id for job in jobs}
    enqueued = await arq_jobs(redis, jobs[0].queue)
    return sorted(
        arguments[0]
        for task, arguments, _ in enqueued
        if task == Task.SUBMIT and arguments[0] in ids
    )


def _reasons(outcomes: Sequence[OrderRefused | None]) -> list[str | None]:
    return [outcome.reason.value if outcome else None for outcome in outcomes]
