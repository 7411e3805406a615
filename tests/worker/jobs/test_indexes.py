import time

import pytest
from arq.connections import ArqRedis

from tests.clock import Clock
from tests.worker.jobs.test_store import request
from worker.jobs.indexes import JobIndex, JobIndexes, index_key
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import ACTIVE, Job, Kind, Status, new_job_id


@pytest.fixture
def jobs(redis: ArqRedis, clock: Clock) -> JobStore:
    return JobStore(redis, Limits(), clock, lambda: new_job_id(clock))


@pytest.fixture
def indexes(redis: ArqRedis) -> JobIndexes:
    return JobIndexes(redis)


async def make(jobs: JobStore, clock: Clock, number: int, kind: Kind = Kind.IMAGE) -> list[Job]:
    """Create this many jobs of one user, newest first."""
    made = []
    for _ in range(number):
        clock.advance(1)
        made.append(await jobs.create(request(1, kind), f"{clock()}"))
    return made[::-1]


async def test_pages_have_neighbours(jobs: JobStore, indexes: JobIndexes, clock: Clock) -> None:
    """Every job is on one page, newest first; each page knows its neighbours and its position."""
    ids = [job.id for job in await make(jobs, clock, 14)]
    first = await indexes.page(1, JobIndex.ALL)
    assert (first.ids, first.position, first.total) == (tuple(ids[:6]), 1, 14)
    assert first.newer is None
    second = await indexes.page(1, JobIndex.ALL, first.older or "")
    assert (second.ids, second.position) == (tuple(ids[6:12]), 7)
    third = await indexes.page(1, JobIndex.ALL, second.older or "")
    assert (third.ids, third.position, third.older) == (tuple(ids[12:]), 13, None)
    assert await indexes.page(1, JobIndex.ALL, third.newer or "") == second
    assert await indexes.page(1, JobIndex.ALL, second.newer or "") == first


async def test_page_is_stable_while_jobs_are_created(
    jobs: JobStore, indexes: JobIndexes, clock: Clock
) -> None:
    """Nothing is repeated and nothing is skipped; only the page's number changes."""
    ids = [job.id for job in await make(jobs, clock, 9)]
    before = await indexes.page(1, JobIndex.ALL, ids[6])
    newest = [job.id for job in await make(jobs, clock, 2)]
    after = await indexes.page(1, JobIndex.ALL, ids[6])
    assert (after.ids, after.position) == (before.ids, before.position + 2)
    back = await indexes.page(1, JobIndex.ALL, after.newer or "")
    assert (back.ids, back.newer) == (tuple(ids[:6]), "")
    assert (await indexes.page(1, JobIndex.ALL)).ids == (*newest, *ids[:4])


async def test_page_is_stable_after_its_first_job_is_deleted(
    jobs: JobStore, indexes: JobIndexes, clock: Clock
) -> None:
    """An old button still opens the right page; beyond the end it opens the newest."""
    made = await make(jobs, clock, 8)
    for job in made[6:]:
        await jobs.move(job, ACTIVE, Status.DONE, due=None)
    await jobs.delete(made[6])
    assert (await indexes.page(1, JobIndex.ALL, made[6].id)).ids == (made[7].id,)
    await jobs.delete(made[7])
    assert (await indexes.page(1, JobIndex.ALL, made[7].id)).ids == tuple(j.id for j in made[:6])


async def test_job_is_in_the_indexes_of_its_kind_and_status(
    jobs: JobStore, indexes: JobIndexes, clock: Clock
) -> None:
    """Images, videos, favourites and failures, updated in the job's own step."""
    (picture,) = await make(jobs, clock, 1)
    (clip,) = await make(jobs, clock, 1, Kind.VIDEO)
    await jobs.move(picture, ACTIVE, Status.EXPIRED, due=None)
    await jobs.set_favourite(clip, wanted=True)
    assert await contents(indexes) == [
        [clip.id, picture.id],
        [picture.id],
        [clip.id],
        [clip.id],
        [picture.id],
    ]
    await jobs.move(picture, {Status.EXPIRED}, Status.COMPLETED, due=None)
    await jobs.set_favourite(clip, wanted=False)
    assert await contents(indexes) == [[clip.id, picture.id], [picture.id], [clip.id], [], []]
    stored = await jobs.get(clip.id)
    assert stored
    assert not stored.favourite


async def contents(indexes: JobIndexes) -> list[list[str]]:
    return [list((await indexes.page(1, index)).ids) for index in JobIndex]


async def test_deleted_job_leaves_nothing_behind(
    jobs: JobStore, indexes: JobIndexes, redis: ArqRedis, clock: Clock
) -> None:
    """Neither its record nor an index entry stays; deleting again changes nothing."""
    (job,) = await make(jobs, clock, 1)
    await jobs.set_favourite(job, wanted=True)
    await jobs.move(job, ACTIVE, Status.FAILED, due=9)
    assert await jobs.delete(job)
    assert await jobs.delete(job)
    assert not await jobs.set_favourite(job, wanted=True)
    assert await contents(indexes) == [[], [], [], [], []]
    left = [key async for key in redis.scan_iter("darkroom:*") if job.id.encode() in key]
    assert left == []
    assert await redis.zscore("darkroom:due:img_queue", job.id) is None


async def test_active_job_cannot_be_deleted(jobs: JobStore, clock: Clock) -> None:
    """It may be paid for, and the worker would not find it."""
    (job,) = await make(jobs, clock, 1)
    assert not await jobs.delete(job)
    assert await jobs.get(job.id)


async def test_origin_of_a_deleted_job_creates_a_new_one(jobs: JobStore, clock: Clock) -> None:
    """The origin does not lead to the deleted job."""
    job = await jobs.create(request(1), "update-1")
    await jobs.move(job, ACTIVE, Status.FAILED, due=None)
    await jobs.delete(job)
    clock.advance(1)
    again = await jobs.create(request(1), "update-1")
    assert again.id != job.id
    assert await jobs.get(again.id) == again


async def test_late_page_is_as_fast_as_the_first(redis: ArqRedis, indexes: JobIndexes) -> None:
    """Of 100,000 jobs: a page is found by its id, filtered or not."""
    ids = [new_job_id(Clock(1_800_000_000 + number)) for number in range(100_000)]
    for index in (JobIndex.ALL, JobIndex.FAILED):
        await redis.zadd(index_key(1, index), dict.fromkeys(ids, 0))
        first = await timed(indexes, index, "")
        thousandth = await timed(indexes, index, ids[-6_000])
        assert thousandth < 5 * first + 0.005


async def timed(indexes: JobIndexes, index: JobIndex, start: str) -> float:
    """Return the seconds of the fastest run."""
    durations = []
    for _ in range(20):
        began = time.perf_counter()
        assert len((await indexes.page(1, index, start)).ids) == 6
        durations.append(time.perf_counter() - began)
    return min(durations)
