"""A stateful property test: arbitrary interleavings of everything that moves a job, over a real Valkey.

https://hypothesis.readthedocs.io/en/latest/stateful.html
"""

import asyncio
from collections.abc import Awaitable
from typing import ClassVar, Literal

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
from worker.jobs.cancellation import request_cancellation
from worker.jobs.fal_webhooks import AWAITING, URGENT_MS, Webhook, WebhookStore
from worker.jobs.indexes import WITHOUT_RESULT
from worker.jobs.packing import Packing
from worker.jobs.schedule import STRAY_MS, Claim, JobSchedule
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import ACTIVE, CANCELLABLE, TERMINAL, Job, Kind, Status, new_job_id
from worker.queues.names import Queue, Task

type Due = int | Literal["unchanged"] | None

# A prepared job is stored as created (test_store.py).
STATUSES = st.sampled_from(sorted(ACTIVE - {Status.PREPARED}))
JOBS = st.integers(0, 2)
SECONDS = st.integers(0, 30)
TASKS = st.sampled_from([None, Task.COLLECT, Task.DELIVER])
UNCHANGED: st.SearchStrategy[Literal["unchanged"]] = st.just("unchanged")
LEASE_SECONDS = 10.0


class Meetings(RuleBasedStateMachine):
    """Poll, webhook, step, deadline and reconciler act on three jobs of one queue, in any order and at once.

    They keep the rule of worker/generation: a step that leaves a job active schedules its next poll.
    """

    redis_url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._time = redis_time(Clock())
        self._clock = self._time.__enter__()
        self._redis = connect(self.redis_url)
        self._store = JobStore(self._redis, Limits(), self._clock, lambda: new_job_id(self._clock))
        self._due_set = JobSchedule(self._redis, Queue.IMAGES, LEASE_SECONDS)
        self._webhooks = WebhookStore(self._redis)
        self._jobs: list[Job] = []
        self._claims: list[Claim] = []
        # The model: each job's status, and the time (ms) of its next poll.
        self._status: dict[str, Status] = {}
        self._due: dict[str, int] = {}

    def teardown(self) -> None:
        self._run(self._redis.aclose(close_connection_pool=True))
        self._runner.close()
        self._time.__exit__(None, None, None)

    def _run[T](self, step: Awaitable[T]) -> T:
        async def wait() -> T:
            return await step

        return self._runner.run(wait())

    @property
    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _plan(self, job: Job, due: Due) -> None:
        if due is None:
            self._due.pop(job.id, None)
        elif due != "unchanged":
            self._due[job.id] = self._now + due * 1000

    @initialize()
    def three_jobs(self) -> None:
        self._run(self._redis.flushall())
        for number in range(3):
            job = self._run(self._store.create(request(kind=Kind.IMAGE), f"{number}"))
            self._jobs.append(job)
            self._status[job.id] = Status.CREATED
            self._due[job.id] = self._now + 15_000

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self._clock.advance(seconds)

    @rule(number=JOBS)
    def an_update_is_handled_again(self, number: int) -> None:
        job = self._run(self._store.create(request(kind=Kind.IMAGE), f"{number}"))
        assert job.id == self._jobs[number].id

    @rule(
        number=JOBS,
        expected=st.frozensets(STATUSES, min_size=1),
        to=st.none() | STATUSES,
        wait=SECONDS | UNCHANGED,
        then=TASKS,
    )
    def a_step_is_taken(
        self,
        number: int,
        expected: frozenset[Status],
        to: Status | None,
        wait: int | Literal["unchanged"],
        then: Task | None,
    ) -> None:
        job = self._jobs[number]
        due: Due = wait
        taken = self._run(self._store.move(job, expected, to, due=due, then=then, attempts=1))
        assert taken == (self._status[job.id] in expected)
        if taken:
            self._status[job.id] = to or self._status[job.id]
            self._plan(job, due)

    @rule(number=JOBS, ends=st.permutations(sorted(TERMINAL)), told=st.booleans())
    def several_end_a_job_at_once(self, number: int, ends: list[Status], told: bool) -> None:  # noqa: FBT001 - hypothesis passes it by name
        """Of a concurrent poll, webhook, deadline and cancel one wins, unless the job has ended before."""
        job = self._jobs[number]
        due = None if told else 5

        async def meet() -> list[bool]:
            moves = (self._store.move(job, ACTIVE, end, due=due, detail=end) for end in ends)
            return await asyncio.gather(*moves)

        won = self._run(meet())
        assert won.count(True) == (self._status[job.id] in ACTIVE)
        if any(won):
            self._status[job.id] = ends[won.index(True)]
            self._plan(job, due)
            stored = self._run(self._store.get(job.id))
            assert stored
            assert stored.detail == self._status[job.id]

    @rule(number=JOBS)
    def a_webhook_rings(self, number: int) -> None:
        job = self._jobs[number]
        taken = self._run(self._webhooks.enqueue(job, Webhook("r", b"{}")))
        assert taken == (self._status[job.id] in AWAITING | {Status.EXPIRED})
        if taken:
            self._due[job.id] = self._now - URGENT_MS

    @rule(number=JOBS)
    def a_user_wants_it_no_more(self, number: int) -> None:
        """A job whose submit is running is not polled before the submit's response."""
        job = self._jobs[number]
        noted = self._run(request_cancellation(self._store, job))
        assert noted == (self._status[job.id] in CANCELLABLE)
        if noted and self._status[job.id] is not Status.SUBMITTING:
            self._due[job.id] = self._now

    @rule(number=JOBS, wait=SECONDS)
    def what_came_late_is_fetched(self, number: int, wait: int) -> None:
        """Of two concurrent late results the first one reopens the job."""
        job, due = self._jobs[number], wait

        async def meet() -> list[bool]:
            late = {Status.EXPIRED}
            moves = (self._store.move(job, late, Status.COMPLETED, due=due) for _ in range(2))
            return await asyncio.gather(*moves)

        reopened = self._run(meet())
        assert reopened.count(True) == (self._status[job.id] is Status.EXPIRED)
        if any(reopened):
            self._status[job.id] = Status.COMPLETED
            self._plan(job, due)

    @rule(number=JOBS, message=st.integers(1, 9))
    def something_is_noted(self, number: int, message: int) -> None:
        self._run(self._store.update_fields(self._jobs[number].id, progress_message_id=message))

    @rule()
    def ended_jobs_are_packed(self) -> None:
        """What follows must not notice it."""
        ended = [job_id for job_id, status in self._status.items() if status in TERMINAL]
        self._run(Packing(self._redis).pack(ended))

    @rule(limit=st.integers(1, 3))
    def a_tracker_claims(self, limit: int) -> None:
        claim = self._run(self._due_set.claim(limit))
        due = sorted((at, job_id) for job_id, at in self._due.items() if at <= self._now)
        assert claim.ids == tuple(job_id for _, job_id in due[:limit])
        self._claims.append(claim)
        self._due |= dict.fromkeys(claim.ids, claim.lease_until_ms)

    @precondition(lambda self: self._claims)
    @rule(data=st.data(), wait=SECONDS)
    def a_tracker_puts_back(self, data: st.DataObject, wait: int) -> None:
        """Late, twice, or after another step has moved the job: only its own lease is replaced."""
        claim = data.draw(st.sampled_from(self._claims))
        self._run(self._due_set.put_back(claim, dict.fromkeys(claim.ids, wait)))
        for job_id in claim.ids:
            if self._due.get(job_id) == claim.lease_until_ms:
                self._due[job_id] = self._now + wait * 1000

    @rule()
    def the_due_set_is_lost(self) -> None:
        """The reconciler schedules every active job, and no other."""
        self._run(self._redis.delete(f"darkroom:due:{Queue.IMAGES}"))
        active = {job_id for job_id, status in self._status.items() if status in ACTIVE}
        assert self._run(self._due_set.reconcile()) >= len(active)
        self._due = self._scores()
        assert set(self._due.values()) <= {self._now + STRAY_MS}

    @invariant()
    def every_job_stands_where_the_model_says(self) -> None:
        jobs = self._run(self._store.get_many([job.id for job in self._jobs]))
        assert {job.id: job.status for job in jobs} == self._status

    @invariant()
    def every_job_stands_on_the_shelf_of_its_status(self) -> None:
        failed = self._run(self._redis.zrange("darkroom:jobs:42:failed", 0, -1))
        assert {job_id.decode() for job_id in failed} == {
            job_id for job_id, status in self._status.items() if status in WITHOUT_RESULT
        }

    @invariant()
    def every_active_job_has_a_next_look(self) -> None:
        assert self._scores() == self._due
        assert {job_id for job_id, status in self._status.items() if status in ACTIVE} <= set(
            self._due
        )

    def _scores(self) -> dict[str, int]:
        scores = self._run(
            self._redis.zrange(f"darkroom:due:{Queue.IMAGES}", 0, -1, withscores=True)
        )
        return {job_id.decode(): int(score) for job_id, score in scores}


@pytest.mark.slow
def test_concurrent_steps_have_one_winner_and_lose_no_job(valkey: ValkeyServer) -> None:
    """No ended job becomes active, one of several steps wins, and every active job has a next poll."""
    Meetings.redis_url = valkey.url
    run_state_machine_as_test(
        Meetings,
        settings=settings(max_examples=40, stateful_step_count=40, deadline=None),
    )
