"""Sets of jobs: ordered together or not at all, and sent together."""

import asyncio
import itertools
from typing import Any

import pytest
from arq.connections import ArqRedis

from tests.clock import Clock
from tests.worker.jobs.test_store import request
from worker.jobs.job_set import JobSets
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger, Usage, day, end_of_day
from worker.limits.limits import UNLIMITED, Limits, LimitStore, OrderRefused, Reason
from worker.model import ACTIVE, File, Job, Request, SetPurpose, Status, new_job_id
from worker.queues.names import Queue

USER = 42
FILE = File(key="images/a.png", content_type="image/png", size=1, width=1, height=1)


def store(redis: ArqRedis, clock: Clock, **limits: float) -> JobStore:
    return JobStore(redis, Limits(**limits), clock, lambda: new_job_id(clock))


@pytest.fixture
def jobs(redis: ArqRedis, clock: Clock) -> JobStore:
    return store(redis, clock)


@pytest.fixture
def sets(redis: ArqRedis, jobs: JobStore) -> JobSets:
    return JobSets(redis, jobs)


async def order(jobs: JobStore, count: int = 3, cost: float = 0.1, origin: str = "a") -> list[Job]:
    orders: list[tuple[Request, float]] = [(request(USER), cost)] * count
    return await jobs.create_set(orders, origin, SetPurpose.FORMATS)


async def collect(jobs: JobStore, job: Job) -> Job:
    await jobs.move(job, ACTIVE, Status.COLLECTED, due=900, files=[FILE])
    return await read(jobs, job)


async def end(jobs: JobStore, job: Job, status: Status = Status.FAILED) -> Job:
    await jobs.move(job, ACTIVE, status, due=None)
    return await read(jobs, job)


async def read(jobs: JobStore, job: Job) -> Job:
    found = await jobs.get(job.id)
    assert found
    return found


async def test_each_job_of_a_set_is_a_job_by_itself(jobs: JobStore, redis: ArqRedis) -> None:
    """Each is stored with its place, listed, scheduled, enqueued and counted."""
    made = await order(jobs)
    places = [job.request.job_set for job in made]
    assert [(place.id, place.place, place.size) for place in places if place] == [
        (made[0].id, number, 3) for number in range(3)
    ]
    assert await jobs.get_many([job.id for job in made]) == made
    assert (await jobs.page(user_id=USER)).jobs == made[::-1]
    assert await redis.zcard(f"darkroom:due:{Queue.IMAGES}") == 3
    assert await redis.zcard(Queue.IMAGES) == 4  # and one `track`
    account = await Ledger(redis, jobs.clock).read()
    assert account.total == Usage(3, 0.3)
    assert await Ledger(redis).in_flight(USER) == [job.id for job in made]


REFUSALS: list[tuple[dict[str, float], Reason]] = [
    ({"user_max_jobs": 3}, Reason.USER_MAX_JOBS),
    ({"user_daily_budget": 0.45}, Reason.USER_DAILY_BUDGET),
    ({"team_daily_budget": 0.45}, Reason.TEAM_DAILY_BUDGET),
]


@pytest.mark.parametrize(("limits", "reason"), REFUSALS)
async def test_set_is_created_whole_or_not_at_all(
    redis: ArqRedis, clock: Clock, limits: dict[str, float], reason: Reason
) -> None:
    """A set that exceeds a limit by its last job leaves nothing behind; one that fits is accepted."""
    limited = store(redis, clock, **limits)
    first = await order(limited, 2, origin="a")
    before = await redis.dbsize()
    with pytest.raises(OrderRefused) as refused:
        await order(limited, 3, origin="b")
    assert refused.value.reason is reason
    assert await redis.dbsize() == before
    account = await Ledger(redis, clock).read()
    assert account.total == Usage(2, 0.2)
    await end(limited, first[0])
    with pytest.raises(OrderRefused):
        await order(limited, 4, origin="c")
    assert len(await order(limited, 2 if reason is Reason.USER_MAX_JOBS else 3, origin="d")) >= 2


async def test_paused_orders_refuse_a_set(jobs: JobStore, redis: ArqRedis) -> None:
    """The pause holds for sets, too."""
    await LimitStore(redis, UNLIMITED).pause("later")
    with pytest.raises(OrderRefused):
        await order(jobs)
    assert (await jobs.page()).jobs == []


async def test_two_sets_at_once_share_the_budget(redis: ArqRedis, clock: Clock) -> None:
    """Only one of two sets that fit alone is accepted."""
    limited = store(redis, clock, team_daily_budget=0.5)
    outcomes = await asyncio.gather(
        *(order(limited, 3, origin=origin) for origin in "ab"), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["OrderRefused", "list"]
    assert len((await limited.page()).jobs) == 3


async def test_repeated_press_finds_its_set(jobs: JobStore, redis: ArqRedis) -> None:
    """A double tap, or an update that comes twice, orders and counts nothing more."""
    first, second = await asyncio.gather(order(jobs), order(jobs))
    assert first == second
    assert (await Ledger(redis, jobs.clock).read()).total.jobs == 3


async def test_set_without_some_of_its_jobs_is_still_found(jobs: JobStore) -> None:
    """A deleted job is not ordered again by a repeated press."""
    made = await order(jobs)
    await jobs.delete(await end(jobs, made[0]))
    assert [job.id for job in await order(jobs)] == [job.id for job in made[1:]]


async def test_job_that_repeats_one_of_a_set_is_alone(jobs: JobStore) -> None:
    """A repeated request keeps the place in no set."""
    made = await order(jobs)
    again = await jobs.create(made[1].request, "again")
    assert again.request.job_set is None
    assert again.request == made[1].request.model_copy(update={"job_set": None})


async def test_results_wait_for_the_last_job(jobs: JobStore, sets: JobSets) -> None:
    """The first job of the album sends all results, in their order, once no job is being made."""
    made = await order(jobs)
    last = await collect(jobs, made[2])
    assert await sets.sent_with(last) is None
    await sets.close(await end(jobs, made[0]))
    assert await sets.sent_with(last) is None
    first = await collect(jobs, made[1])
    together = await sets.sent_with(first)
    assert together
    assert [job.id for job in together] == [made[1].id, made[2].id]
    assert await sets.sent_with(last) is None


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED, Status.EXPIRED])
async def test_end_of_the_last_job_wakes_the_first_result(
    jobs: JobStore, sets: JobSets, redis: ArqRedis, status: Status
) -> None:
    """A job that ends without a result lets the others be sent at once."""
    made = await order(jobs)
    waiting = [await collect(jobs, job) for job in made[:2]]
    due = f"darkroom:due:{Queue.IMAGES}"
    before = await redis.zscore(due, made[0].id)
    await sets.close(await end(jobs, made[2], status))
    after, other = [await redis.zscore(due, job.id) for job in waiting]
    assert before
    assert after
    assert other
    assert after < before - 800_000 <= other
    assert await sets.sent_with(waiting[0]) == waiting


async def test_late_result_is_sent_by_itself(jobs: JobStore, sets: JobSets) -> None:
    """A job that failed before the others were sent, and is fetched again, does not repeat them."""
    made = await order(jobs, 2)
    done = await collect(jobs, made[0])
    failed = await end(jobs, made[1])
    await sets.close(failed)
    assert [job.id for job in await sets.members(failed)] == [done.id, failed.id]
    await jobs.move(failed, {Status.FAILED}, Status.COMPLETED, due=9)
    late = await collect(jobs, await read(jobs, failed))
    assert await sets.sent_with(late) == [late]
    assert await sets.members(late) == [late]


async def test_album_continues_without_the_job_that_gave_up(jobs: JobStore, sets: JobSets) -> None:
    """If the job that sends all has become a dead letter, or was deleted, each other result is sent by itself."""
    made = await order(jobs, 2)
    first, second = [await collect(jobs, job) for job in made]
    assert await sets.sent_with(first) == [first, second]
    assert await sets.sent_with(second) is None
    ended = await end(jobs, first, Status.DONE)
    assert await sets.sent_with(second) == [second]
    await jobs.delete(ended)
    assert await sets.sent_with(second) == [second]


async def test_separated_results_are_sent_one_by_one(jobs: JobStore, sets: JobSets) -> None:
    """A set whose album cannot be sent does not keep the results."""
    made = await order(jobs, 2)
    first, second = [await collect(jobs, job) for job in made]
    assert await sets.sent_with(first) == [first, second]
    await sets.separate(first)
    assert [await sets.sent_with(job) for job in (first, second)] == [[first], [second]]


async def test_expired_set_keeps_no_result(jobs: JobStore, sets: JobSets, redis: ArqRedis) -> None:
    """Without its key each job is sent by itself."""
    made = await order(jobs, 2)
    first = await collect(jobs, made[0])
    key = f"darkroom:job-set:{made[0].id}"
    assert 0 < await redis.ttl(key) <= 7 * 24 * 3600
    await redis.delete(key)
    assert await sets.sent_with(first) == [first]
    assert await sets.members(first) == [first]


def test_request_of_the_version_before_is_in_no_set() -> None:
    """Its record has no such field."""
    stored: dict[str, Any] = request().model_dump(by_alias=True, exclude={"job_set"})
    assert Request.model_validate(stored).job_set is None


async def test_set_counts_for_one_day(redis: ArqRedis, clock: Clock) -> None:
    """It is ordered while the day changes: what its jobs cost in the end is counted where they were ordered."""
    seconds = itertools.count(end_of_day(clock.now) - 6)
    jobs = JobStore(redis, Limits(), lambda: next(seconds))
    made = await order(jobs, 4)
    assert len({day(job.created_at) for job in made}) == 1
    for job in made:
        await end(jobs, job)
    ledger = Ledger(redis, jobs.clock)
    spent = await ledger.read_each(ledger.last_days(2))
    assert [account.total.dollars for account in spent.values()] == [0, 0]
