from arq.connections import ArqRedis

from tests.clock import Clock
from tests.worker.jobs.test_store import request
from worker.jobs.indexes import JobIndex, JobIndexes
from worker.jobs.migrations import Backfill, move_renamed_keys
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.limits import Limits
from worker.model import Job, Kind, Status, new_job_id
from worker.users.store import User, UserStore

USER = 7_000_000_001


async def jobs_of_an_earlier_version(redis: ArqRedis) -> list[Job]:
    """Write a failed image job and an active video job as a version without indexes did."""
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


async def test_jobs_of_an_earlier_version_are_indexed(redis: ArqRedis) -> None:
    """They are in each index of theirs, and their active jobs can be cancelled."""
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


async def test_backfill_resumes(redis: ArqRedis) -> None:
    """A process that dies in between loses nothing; a finished backfill reads nothing again."""
    picture, _ = await jobs_of_an_earlier_version(redis)
    await redis.set("darkroom:backfilled", picture.id)
    assert [await Backfill(redis).run() for _ in range(2)] == [1, 0]


async def test_ended_jobs_do_not_count_as_active(redis: ArqRedis) -> None:
    """Ended and deleted jobs of an earlier version do not use up a user's limit."""
    ended, flying = await jobs_of_an_earlier_version(redis)
    await UserStore(redis).introduce(User(USER))
    async with redis.pipeline() as pipe:
        pipe.sadd(f"darkroom:in-flight:{USER}", ended.id, flying.id, "gone")
        await pipe.execute()
    assert await Ledger(redis).reconcile() == 2
    assert await Ledger(redis).in_flight(USER) == [flying.id]


async def test_dead_letters_of_the_version_before_are_moved(redis: ArqRedis) -> None:
    """Each keeps its fields and its time, also beside those of this version; a second run changes nothing."""
    async with redis.pipeline() as pipe:
        pipe.zadd("darkroom:poisoned", {"u1": 5, "u2": 6})
        pipe.hset("darkroom:poisoned:u1", "body", "{}")
        pipe.zadd("darkroom:dead-letters", {"u2": 7, "u3": 8})
        await pipe.execute()
    for _ in range(2):
        await move_renamed_keys(redis)
        assert await redis.zrange("darkroom:dead-letters", 0, -1, withscores=True) == [
            (b"u1", 5),
            (b"u2", 6),
            (b"u3", 8),
        ]
        assert await redis.hget("darkroom:dead-letters:u1", "body") == b"{}"  # type: ignore[misc]  # redis-py's types
    assert await redis.keys("darkroom:poisoned*") == []


async def test_notices_to_admins_are_not_repeated_after_the_rename(redis: ArqRedis) -> None:
    """An admin who got single messages under the former name keeps their count and its expiry."""
    await redis.hset("darkroom:access-told", "1", "3")  # type: ignore[misc]  # redis-py's types
    await redis.expire("darkroom:access-told", 60)
    await move_renamed_keys(redis)
    assert await redis.hgetall("darkroom:access-messages") == {b"1": b"3"}  # type: ignore[misc]  # redis-py's types
    assert 0 < await redis.ttl("darkroom:access-messages") <= 60
    assert not await redis.exists("darkroom:access-told")
