import asyncio
from itertools import islice

import pytest
from arq.connections import ArqRedis
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.redis.client import connect
from tests.clock import Clock, redis_time
from tests.valkey import ValkeyServer
from tests.worker.jobs.test_store import request
from worker.jobs.schedule import JobSchedule
from worker.jobs.store import JobStore
from worker.limits.limits import Limit, Limits, LimitStore
from worker.limits.slots import Slots
from worker.model import Job, Kind, Status, new_job_id
from worker.queues.names import Queue, Task

LIMITS = Limits(fal_slots=2)


class WaitQueue:
    """Users who order, and a fal that finishes the oldest job first."""

    def __init__(self, redis: ArqRedis, clock: Clock) -> None:
        self.redis = redis
        self.clock = clock
        self.jobs = JobStore(redis, LIMITS, self.clock, lambda: new_job_id(self.clock))
        self.slots = Slots(redis, LIMITS)
        self.running: list[Job] = []
        self.begun: list[Job] = []
        self._ordered = 0

    async def order(self, user: int, number: int = 1, kind: Kind = Kind.IMAGE) -> list[Job]:
        """Create this many jobs of one user, each of which tries to start at once."""
        ordered = []
        for _ in range(number):
            self._ordered += 1
            self.clock.advance(1)
            job = await self.jobs.create(request(user, kind), f"{self._ordered}")
            await self.begin(job)
            ordered.append(job)
        return ordered

    async def begin(self, job: Job) -> bool:
        began = await self.jobs.move(job, {Status.CREATED}, Status.SUBMITTING, due=None)
        if began:
            self.running.append(job)
            self.begun.append(job)
        return began

    async def end_oldest(self) -> list[str]:
        """End the job that has run longest; return the jobs that this wakes."""
        before = await self._due()
        await self.jobs.move(self.running.pop(0), {Status.SUBMITTING}, Status.COMPLETED, due=None)
        return sorted(await self._due() - before)

    async def run_dry(self) -> list[int]:
        """Let all jobs end and the woken ones start; return their users in the order of the starts."""
        known = {job.id: job for job in (await self.jobs.page(limit=100)).jobs}
        while self.running:
            for woken in await self.end_oldest():
                assert await self.begin(known[woken])
        return [job.request.user_id for job in self.begun]

    async def _due(self) -> set[str]:
        """Return the jobs whose next poll is now and that have a slot."""
        due = {
            job_id
            for queue in (Queue.IMAGES, Queue.VIDEOS)
            for job_id in (await JobSchedule(self.redis, queue).claim()).ids
        }
        return due & await self._holders()

    async def _holders(self) -> set[str]:
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.smembers("darkroom:slots")
            return {job_id.decode() for job_id in (await pipe.execute())[0]}


@pytest.fixture
def line(redis: ArqRedis, clock: Clock) -> WaitQueue:
    return WaitQueue(redis, clock)


async def test_jobs_at_fal_are_limited(line: WaitQueue) -> None:
    """Over both queues; the third job waits and knows its position."""
    await line.order(1)
    await line.order(2, kind=Kind.VIDEO)
    third, fourth = await line.order(3, 2)
    assert len(line.running) == 2
    assert [await line.slots.ahead(job) for job in (third, fourth)] == [0, 1]
    assert await line.slots.count() == (2, 2)


async def test_batch_starves_no_other_user(line: WaitQueue) -> None:
    """One user orders twenty jobs, another one: that one is among the first three to start."""
    await line.order(1, 20)
    (other,) = await line.order(2)
    assert await line.slots.ahead(other) == 0
    assert 2 in (await line.run_dry())[:3]


async def test_users_who_wait_under_the_former_keys_keep_their_turn(
    line: WaitQueue, redis: ArqRedis
) -> None:
    """A process of the version before runs beside this one: its waiting jobs come first, and none waits twice."""
    await line.order(1, 2)
    (early,) = await line.order(3)
    (late,) = await line.order(2)
    async with redis.pipeline() as pipe:
        pipe.rename("darkroom:wait-queue:3", "darkroom:line:3")
        pipe.sadd("darkroom:waiting", "3")
        pipe.srem("darkroom:waiting-users", "3")
        # It has polled a job that waits under the new keys, too, and a user's last job has left the queue.
        pipe.zadd("darkroom:line:2", {f"{late.queue} {late.id}": 10_000})
        pipe.sadd("darkroom:waiting", "2", "4")
        await pipe.execute()
    assert [await line.slots.ahead(job) for job in (early, late)] == [0, 1]
    assert await line.slots.count() == (2, 2)
    assert await redis.keys("darkroom:line:*") == []
    assert (await line.run_dry())[2:] == [3, 2]


async def test_users_with_batches_alternate(line: WaitQueue) -> None:
    """The first user does not finish first."""
    for user in (1, 2, 3):
        await line.order(user, 4)
    assert (await line.run_dry())[2:] == [2, 3, 1, 2, 3, 1, 2, 3, 2, 3]


async def test_free_slot_wakes_exactly_the_next_job(line: WaitQueue) -> None:
    """All others stay asleep, in both queues."""
    await line.order(1, 2)
    (clip,) = await line.order(2, kind=Kind.VIDEO)
    await line.order(1, 5)
    assert await line.end_oldest() == [clip.id]
    assert await line.slots.ahead(clip) is None


async def test_cancelled_job_leaves_the_wait_queue(line: WaitQueue) -> None:
    """The jobs behind it move up, and it gets no slot."""
    await line.order(1, 2)
    first, second = await line.order(2, 2)
    await line.jobs.move(first, {Status.CREATED}, Status.CANCELLED, due=None)
    assert await line.slots.ahead(first) is None
    assert await line.slots.ahead(second) == 0
    assert await line.end_oldest() == [second.id]


async def test_postponed_submit_releases_its_slot(line: WaitQueue) -> None:
    """Nothing is at fal: no other job waits for it. It takes a slot again for its next try."""
    job, _ = await line.order(1, 2)
    (other,) = await line.order(2)
    await line.jobs.move(job, {Status.SUBMITTING}, Status.CREATED, due=None)
    assert not await line.begin(job)
    assert await line.begin(other)
    line.running.remove(job)
    assert await line.end_oldest() == [job.id]
    assert await line.begin(job)


async def test_submit_after_preparing_keeps_its_slot(line: WaitQueue) -> None:
    """The images are prepared, and the submit is enqueued in the same step."""
    job, _ = await line.order(1, 2)
    (other,) = await line.order(2)
    await line.jobs.move(job, {Status.SUBMITTING}, Status.PREPARED, due=None, then=Task.SUBMIT)
    assert not await line.begin(other)
    assert await line.begin(job)


async def test_unconfirmed_cancelled_job_releases_its_slot(line: WaitQueue) -> None:
    """fal may have the job, but its user has cancelled; if fal confirms it, it counts again."""
    job, _ = await line.order(1, 2)
    (other,) = await line.order(2)
    await line.jobs.move(job, {Status.SUBMITTING}, Status.UNCONFIRMED, due=None)
    for _ in range(2):
        await line.slots.release(job)
    assert await line.begin(other)
    await line.jobs.move(job, {Status.UNCONFIRMED}, Status.QUEUED, due=None)
    assert await line.slots.count() == (3, 0)


async def test_raised_limit_wakes_waiting_jobs(line: WaitQueue) -> None:
    """At run time, with the next reconciliation."""
    await line.order(1, 5)
    await LimitStore(line.redis, LIMITS).set(Limit.FAL_SLOTS, 4)
    await line.slots.reconcile()
    assert await line.slots.count() == (4, 1)
    await LimitStore(line.redis, LIMITS).set(Limit.FAL_SLOTS, 0)
    await line.slots.reconcile()
    assert await line.slots.count() == (5, 0)


async def test_slots_and_positions_of_deleted_jobs_are_released(line: WaitQueue) -> None:
    """The queue continues after records are lost."""
    held, _, waiting, next_one = await line.order(1, 4)
    await line.redis.delete(f"darkroom:job:{held.id}", f"darkroom:job:{waiting.id}")
    assert await line.slots.reconcile() == 2
    assert await line.slots.ahead(next_one) is None
    assert await line.slots.count() == (2, 0)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(users=st.lists(st.integers(1, 4), min_size=3, max_size=14))
def test_shown_position_is_kept(valkey: ValkeyServer, users: list[int]) -> None:
    """The shown position is the number of jobs that start earlier, if no new ones come."""

    async def wait_in_queue() -> None:
        redis = connect(valkey.url)
        try:
            await redis.flushall()
            line = WaitQueue(redis, clock)
            jobs = [job for user in users for job in await line.order(user)]
            waiting = list(islice(jobs, 2, None))
            promised = {job.id: await line.slots.ahead(job) for job in waiting}
            await line.run_dry()
            begun = [job.id for job in line.begun][2:]
            assert {job_id: begun.index(job_id) for job_id in begun} == promised
        finally:
            await redis.aclose(close_connection_pool=True)

    with redis_time(Clock()) as clock:
        asyncio.run(wait_in_queue())
