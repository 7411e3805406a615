"""What the end of a comparison's jobs does: a vote, or the models at once."""

import time

import pytest
from arq.connections import ArqRedis

from tests.worker.jobs.test_store import request
from worker.comparisons.store import ComparisonStore
from worker.generation.comparing import Comparing
from worker.jobs.job_set import JobSets
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import File, Job, SetPurpose, Status

RESULT = File(
    key="images/2026/11/29/one-1.png", content_type="image/png", size=9, width=8, height=8
)


@pytest.fixture
def jobs(redis: ArqRedis) -> JobStore:
    return JobStore(redis, Limits(), time.time)


@pytest.fixture
def comparing(redis: ArqRedis, jobs: JobStore) -> Comparing:
    return Comparing(jobs, JobSets(redis, jobs), ComparisonStore(redis))


@pytest.fixture
async def compared(jobs: JobStore) -> list[Job]:
    """Two models, both with a result."""
    orders = [(request().model_copy(update={"model": name}), 0.01) for name in ("one", "two")]
    made = await jobs.create_set(orders, "1", SetPurpose.COMPARE)
    for job in made:
        await jobs.move(job, None, Status.COLLECTED, due=None, files=(RESULT,))
    return await jobs.get_many([job.id for job in made])


async def blind(jobs: JobStore, compared: list[Job]) -> list[bool]:
    return [job.is_blind for job in await jobs.get_many([job.id for job in compared])]


async def test_two_results_begin_a_vote(
    redis: ArqRedis, jobs: JobStore, comparing: Comparing, compared: list[Job]
) -> None:
    """A delivery that goes on after some of the jobs have ended neither reveals the models nor ends the vote."""
    assert await comparing.begin_vote(compared, compared) == (compared, compared)
    found = await ComparisonStore(redis).get(compared[0].id)
    assert found
    assert (found.candidates, found.models) == ("AB", {"A": "one", "B": "two"})
    await comparing.begin_vote(compared[:1], compared)
    assert await ComparisonStore(redis).get(compared[0].id) == found
    assert await blind(jobs, compared) == [True, True]


async def test_single_result_reveals_the_models(
    redis: ArqRedis, jobs: JobStore, comparing: Comparing, compared: list[Job]
) -> None:
    album, job_set = await comparing.begin_vote(compared[1:], compared)
    assert not any(job.is_blind for job in (*album, *job_set))
    assert await blind(jobs, compared) == [False, False]
    assert await ComparisonStore(redis).get(compared[0].id) is None


async def test_models_are_revealed_when_no_result_is_left(
    jobs: JobStore, comparing: Comparing, compared: list[Job]
) -> None:
    """Not before the last job has ended."""
    for job, revealed in zip(compared, (False, True), strict=True):
        await jobs.move(job, None, Status.FAILED, due=None, files=(), failure="busy")
        ended = await jobs.get(job.id)
        assert ended
        assert (await comparing.end(ended)).is_blind is not revealed
    assert await blind(jobs, compared) == [False, False]
