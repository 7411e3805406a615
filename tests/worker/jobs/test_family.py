"""What was made from a result, in the order of its making, and where deleted jobs leave their children."""

import pytest
from arq.connections import ArqRedis

from tests.clock import Clock
from tests.worker.jobs.test_store import request
from worker.jobs.family import Family, line_from
from worker.jobs.indexes import JobIndexes
from worker.jobs.migrations import Backfill
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Job, Status, new_job_id


@pytest.fixture
def jobs(redis: ArqRedis, clock: Clock) -> JobStore:
    return JobStore(redis, Limits(), clock, lambda: new_job_id(clock))


@pytest.fixture
def family(redis: ArqRedis, jobs: JobStore) -> Family:
    return Family(jobs, JobIndexes(redis))


async def make(jobs: JobStore, clock: Clock, source: Job | None = None, number: int = 0) -> Job:
    """Store a job that is done, made from the file `number` of the source."""
    clock.advance(1)
    order = request()
    if source:
        about = {"source": source.id, "source_file": number, "ancestors": line_from(source)}
        order = order.model_copy(update=about)
    job = await jobs.create(order, f"{clock()}")
    await jobs.move(job, {Status.CREATED}, Status.DONE, due=None)
    return job


async def children(family: Family, job: Job) -> list[str]:
    _, found = await family.children(job)
    return [each.id for each in found]


async def test_children_are_listed_newest_first(
    jobs: JobStore, family: Family, clock: Clock
) -> None:
    """Only what was made from the job itself."""
    first = await make(jobs, clock)
    made = [await make(jobs, clock, first) for _ in range(2)]
    grandchild = await make(jobs, clock, made[0])
    assert await children(family, first) == [made[1].id, made[0].id]
    assert await children(family, made[0]) == [grandchild.id]


async def test_children_of_a_deleted_job_move_to_the_nearest_one_before_it(
    jobs: JobStore, family: Family, clock: Clock, redis: ArqRedis
) -> None:
    """Also if several in a row are deleted; a deleted job leaves no key."""
    first = await make(jobs, clock)
    second = await make(jobs, clock, first)
    third = await make(jobs, clock, second)
    fourth = await make(jobs, clock, third)
    for job in (third, second):
        assert await jobs.delete(job)
    assert await children(family, first) == [fourth.id]
    line = await family.line(fourth)
    assert [step.job and step.job.id for step in line.steps] == [first.id, None, None]
    assert line.previous
    assert line.previous.job
    assert line.previous.job.id == first.id
    assert await jobs.delete(first)
    assert await redis.keys("darkroom:children:*") == []


async def test_step_knows_the_file_that_the_next_one_was_made_from(
    jobs: JobStore, family: Family, clock: Clock
) -> None:
    """The first one if the next one is gone."""
    first = await make(jobs, clock)
    second = await make(jobs, clock, first, 3)
    third = await make(jobs, clock, second, 1)
    assert [step.picture for step in (await family.line(third)).steps] == [3, 1]
    await jobs.delete(second)
    assert [step.picture for step in (await family.line(third)).steps] == [0, 1]


async def test_job_made_from_a_deleted_one_leaves_no_key(
    jobs: JobStore, clock: Clock, redis: ArqRedis
) -> None:
    """The source may be deleted between the press and the order."""
    first = await make(jobs, clock)
    await jobs.delete(first)
    await make(jobs, clock, first)
    assert await redis.keys("darkroom:children:*") == []


async def test_backfill_finds_the_children_of_earlier_jobs(
    jobs: JobStore, family: Family, clock: Clock, redis: ArqRedis
) -> None:
    """After a restore the workers index every job again."""
    first = await make(jobs, clock)
    child = await make(jobs, clock, first)
    await redis.delete(f"darkroom:children:{first.id}")
    await Backfill(redis).run()
    assert await children(family, first) == [child.id]
