"""A stateful property test: arbitrary days of a team, over a real Valkey; ledger and slots match the jobs.

https://hypothesis.readthedocs.io/en/latest/stateful.html
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from infra.redis.client import connect
from tests.clock import Clock, redis_time
from tests.valkey import ValkeyServer
from tests.worker.jobs.test_store import request
from worker.jobs.scripts import MOST_KEPT
from worker.jobs.store import JobStore
from worker.limits.ledger import LEDGER_DAYS, Ledger, Usage, day
from worker.limits.limits import Limit, Limits, OrderRefused, Reason
from worker.limits.slots import HOLDING, Slots
from worker.model import ACTIVE, TERMINAL, UNPOSTED, Job, Kind, Status, new_job_id
from worker.users.roles import Role
from worker.users.store import UserStore

pytestmark = pytest.mark.slow

USERS = (1, 2, 3)
SLOTS = 2
GUEST = 3
LIMITS = Limits(
    user_max_jobs=6,
    user_daily_budget=0.5,
    user_monthly_budget=0.8,
    guest_daily_budget=0.3,
    guest_monthly_budget=0.5,
    team_daily_budget=1,
    team_monthly_budget=1.5,
    fal_slots=SLOTS,
)
# Thousandths of a dollar, some of which no binary fraction represents.
COSTS = st.integers(0, 120).map(lambda thousandths: thousandths / 1000)


class Crowd(RuleBasedStateMachine):
    """Users order, jobs take steps, processes die and repeat them, midnight comes."""

    redis_url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._time = redis_time(Clock())
        self._clock = self._time.__enter__()
        self._redis = connect(self.redis_url)
        self._store = JobStore(self._redis, LIMITS, self._clock, lambda: new_job_id(self._clock))
        self._ledger = Ledger(self._redis, self._clock)
        self._slots = Slots(self._redis, LIMITS)
        self._ids: list[str] = []
        self._kept: list[str] = []
        self._adopted = 0

    def teardown(self) -> None:
        self._run(self._redis.aclose(close_connection_pool=True))
        self._runner.close()
        self._time.__exit__(None, None, None)

    def _run[T](self, step: Awaitable[T]) -> T:
        async def wait() -> T:
            return await step

        return self._runner.run(wait())

    def _jobs(self) -> list[Job]:
        return self._run(self._store.get_many(self._ids))

    def _members(self, key: str) -> set[str]:
        return {member.decode() for member in self._run(self._smembers(key))}

    async def _occupy(self, job_id: str) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.sadd("darkroom:slots", job_id)
            await pipe.execute()

    async def _smembers(self, key: str) -> set[bytes]:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.smembers(key)
            found: set[bytes] = (await pipe.execute())[0]
            return found

    def _exceeded(self, user: int, added: float, moment: float) -> dict[Reason, bool]:
        """Return for each budget whether this increase of a job of this moment exceeds it."""
        jobs, exceeded = self._jobs(), {}
        for limit in Limit:
            if limit.is_money and (user == GUEST or not limit.startswith("guest")):
                length = len("2026-11") if limit.is_monthly else len("2026-11-29")
                spent = sum(
                    job.cost or 0
                    for job in jobs
                    if day(job.created_at)[:length] == day(moment)[:length]
                    and (limit.startswith("team") or job.request.user_id == user)
                )
                exceeded[Reason(limit)] = round(spent + added, 6) > LIMITS[limit]
        return exceeded

    @initialize()
    def a_day_begins(self) -> None:
        self._run(self._redis.flushall())
        self._run(UserStore(self._redis).set_role(GUEST, Role.GUEST))

    @rule(hours=st.integers(1, 200))
    def time_passes(self, hours: int) -> None:
        self._clock.advance(hours * 3600)

    @rule(user=st.sampled_from(USERS), kind=st.sampled_from(Kind), cost=COSTS)
    def somebody_orders(self, user: int, kind: Kind, cost: float) -> None:
        before = self._run(self._ledger.read())
        flying = len(self._run(self._ledger.in_flight(user)))
        origin = f"{len(self._ids)} {len(self._kept)}"
        order = self._store.create(request(user, kind), origin, cost=cost)
        exceeded = self._exceeded(user, cost, self._clock()) | {
            Reason.USER_MAX_JOBS: flying >= LIMITS.user_max_jobs
        }
        if any(exceeded.values()):
            with pytest.raises(OrderRefused) as refusal:
                self._run(order)
            assert exceeded[refusal.value.reason]
            assert self._run(self._ledger.read()) == before
        else:
            self._ids.append(self._run(order).id)

    @rule(user=st.sampled_from(USERS), kind=st.sampled_from(Kind), cost=COSTS)
    def a_refused_order_is_kept(self, user: int, kind: Kind, cost: float) -> None:
        """It starts at once if it is accepted now, and counts for nothing otherwise."""
        before, accepted = self._run(self._ledger.read()), not self._refuses(user, cost)
        origin, reason = f"kept {len(self._ids)} {len(self._kept)}", Reason.USER_MAX_JOBS
        if not accepted and len(self._run(self._store.kept_ids(user))) == MOST_KEPT:
            return
        order = self._store.create(request(user, kind), origin, cost=cost, keep_for=reason)
        job = self._run(order)
        assert (job.kept is None) == accepted
        (self._ids if accepted else self._kept).append(job.id)
        assert accepted or self._run(self._ledger.read()) == before

    @rule(user=st.sampled_from(USERS), cost=COSTS, twice=st.booleans())
    def the_oldest_kept_order_is_polled(
        self,
        user: int,
        cost: float,
        twice: bool,  # noqa: FBT001 - hypothesis passes it by name
    ) -> None:
        """It starts, once, exactly if a new order of its price would be accepted."""
        oldest = self._run(self._store.get_many(self._run(self._store.kept_ids(user))[:1]))
        refuses = self._refuses(user, cost)
        for _ in range(1 + twice):
            outcomes = self._run(self._store.start_kept(user, [[(job, cost)] for job in oldest]))
            assert [refusal is not None for refusal in outcomes] == [refuses for _ in oldest]
        for job in oldest if not refuses else []:
            self._kept.remove(job.id)
            self._ids.append(job.id)

    def _refuses(self, user: int, cost: float) -> bool:
        """Return whether an order is refused now."""
        flying = len(self._run(self._ledger.in_flight(user)))
        exceeded = self._exceeded(user, cost, self._clock()).values()
        return flying >= LIMITS.user_max_jobs or any(exceeded)

    @precondition(lambda self: self._ids)
    @rule(data=st.data(), to=st.sampled_from(Status), cost=st.none() | COSTS, twice=st.booleans())
    def a_job_takes_a_step(
        self,
        data: st.DataObject,
        to: Status,
        cost: float | None,
        twice: bool,  # noqa: FBT001 - hypothesis passes it by name
    ) -> None:
        """Any step from any active status; a step whose response was lost runs twice."""
        job = data.draw(st.sampled_from(self._jobs()))
        changes: dict[str, Any] = {} if cost is None else {"cost": cost}
        holds = job.id in self._members("darkroom:slots")
        expected = ACTIVE if job.status in ACTIVE else {job.status}
        for _ in range(1 + twice):
            self._run(self._store.move(job, expected, to, due=0, **changes))
        waits = job.status is Status.CREATED and to in (Status.PREPARING, Status.SUBMITTING)
        self._adopted += to in HOLDING and not holds and not waits

    @precondition(lambda self: self._ids)
    @rule(data=st.data(), cost=COSTS, twice=st.booleans())
    def a_job_is_repriced(
        self,
        data: st.DataObject,
        cost: float,
        twice: bool,  # noqa: FBT001 - hypothesis passes it by name
    ) -> None:
        """Only before its submit, and only within the budgets; a lost response changes nothing twice."""
        job = data.draw(st.sampled_from(self._jobs()))
        added = round(cost - (job.cost or 0), 6)
        exceeded = self._exceeded(job.request.user_id, added, job.created_at)
        refused = added > 0 and any(exceeded.values())
        for _ in range(1 + twice):
            if job.status in UNPOSTED and refused:
                with pytest.raises(OrderRefused):
                    self._run(self._store.reprice(job, cost))
            else:
                self._run(self._store.reprice(job, cost))
        after = self._run(self._store.get(job.id))
        assert after
        changes = job.status in UNPOSTED and not refused
        assert (after.cost or 0) == (cost if changes else job.cost or 0)

    @precondition(lambda self: self._ids)
    @rule(data=st.data())
    def a_slot_is_held_for_nothing(self, data: st.DataObject) -> None:
        """The reconciler releases a slot of a job that needs none."""
        job_id = data.draw(st.sampled_from(self._ids))
        job = self._run(self._store.get(job_id))
        if job and job.status in TERMINAL:
            self._run(self._occupy(job_id))
        self._run(self._slots.reconcile())

    @invariant()
    def the_ledger_is_the_sum_of_the_jobs(self) -> None:
        account = self._run(self._ledger.read(days=LEDGER_DAYS))
        jobs = self._jobs()
        for user in USERS:
            own = [job.cost or 0 for job in jobs if job.request.user_id == user]
            usage = account.users.get(user, Usage())
            assert usage == Usage(len(own), round(sum(own), 6))
        assert account.total == Usage(len(jobs), round(sum(job.cost or 0 for job in jobs), 6))

    @invariant()
    def who_has_not_ended_is_in_flight(self) -> None:
        for user in USERS:
            own = [job for job in self._jobs() if job.request.user_id == user]
            active = {job.id for job in own if job.status in ACTIVE}
            assert set(self._run(self._ledger.in_flight(user))) == active

    @invariant()
    def what_is_kept_is_listed(self) -> None:
        listed = [job_id for user in USERS for job_id in self._run(self._store.kept_ids(user))]
        assert sorted(listed) == sorted(self._kept)

    @invariant()
    def slots_belong_to_those_who_need_them(self) -> None:
        slots = self._members("darkroom:slots")
        jobs = self._jobs()
        assert {job.id for job in jobs if job.status in HOLDING} <= slots
        assert {job.id for job in jobs if job.status in HOLDING | {Status.CREATED}} >= slots
        assert len(slots) <= SLOTS + self._adopted

    @invariant()
    def nobody_waits_beside_a_free_slot(self) -> None:
        held, waiting = self._run(self._slots.count())
        assert held >= SLOTS or waiting == 0
        places = [self._run(self._slots.ahead(job)) for job in self._jobs()]
        assert sorted(place for place in places if place is not None) == list(range(waiting))


def test_ledger_and_slots_match_the_jobs(valkey: ValkeyServer) -> None:
    """After any steps, repeated or refused: sums, slots and queue positions follow from the jobs alone."""
    Crowd.redis_url = valkey.url
    run_state_machine_as_test(
        Crowd,
        settings=settings(max_examples=12, stateful_step_count=30, deadline=None),
    )
