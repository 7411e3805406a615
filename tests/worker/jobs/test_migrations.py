from arq.connections import ArqRedis

from tests.clock import Clock
from tests.worker.jobs.test_store import request
from worker.jobs.indexes import JobIndex, JobIndexes
from worker.jobs.migrations import Backfill
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.limits import Limits
from worker.model import Job, Kind, Status, new_job_id
from worker.users.store import User, UserStore

USER = 7_000_000_001


async def jobs_of_an_earlier_version(redis: ArqRedis) -> list[Job]:
    """A picture that failed and a clip under way, as a version left them that knew of no shelves."""
    clock = Clock()
    jobs = JobStore(redis, Limits(), clock, lambda: new_job_id(clock))
    made = []
    for kind in Kind:
        clock.advance(1)
        made.append(await jobs.create(request(USER, kind), kind))
    await jobs.move(made[0], {Status.CREATED}, Status.FAILED, due=None)
    written_since = [f"darkroom:jobs:{USER}:{name}" for name in ("image", "video", "failed")]
    await redis.delete(*written_since, f"darkroom:in-flight:{USER}")
    return made


async def test_jobs_of_an_earlier_version_are_found(redis: ArqRedis) -> None:
    """On each shelf that is theirs, and by whoever wants to cancel what is under way."""
    picture, clip = await jobs_of_an_earlier_version(redis)
    assert await Backfill(redis).run() == 2
    indexes = JobIndexes(redis)
    for index, job in (
        (JobIndex.IMAGES, picture),
        (JobIndex.FAILED, picture),
        (JobIndex.VIDEOS, clip),
    ):
        assert (await indexes.page(USER, index)).ids == (job.id,)
    assert await Ledger(redis).in_flight(USER) == [clip.id]


async def test_a_backfill_goes_on_where_it_ended(redis: ArqRedis) -> None:
    """A process that dies in between loses nothing; one that is done looks at nothing again."""
    picture, _ = await jobs_of_an_earlier_version(redis)
    await redis.set("darkroom:backfilled", picture.id)
    assert [await Backfill(redis).run() for _ in range(2)] == [1, 0]


async def test_what_an_earlier_version_has_ended_flies_no_more(redis: ArqRedis) -> None:
    """Nor what is gone: nobody is kept from ordering by jobs that are none."""
    ended, flying = await jobs_of_an_earlier_version(redis)
    await UserStore(redis).introduce(User(USER))
    async with redis.pipeline() as pipe:
        pipe.sadd(f"darkroom:in-flight:{USER}", ended.id, flying.id, "gone")
        await pipe.execute()
    assert await Ledger(redis).reconcile() == 2
    assert await Ledger(redis).in_flight(USER) == [flying.id]
