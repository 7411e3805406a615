from arq.connections import ArqRedis

from worker.jobs.duration_stats import ENOUGH, KEPT, Durations

MODEL = "fal-ai/flux/schnell"


async def test_the_usual_time_is_the_middle_one(redis: ArqRedis) -> None:
    """One that was stuck for a quarter of an hour does not make everybody wait for it."""
    durations = Durations(redis)
    for seconds in (2.0, 900.0, 3.1, 2.5, 2.4):
        await durations.record(MODEL, seconds)
    assert await durations.usual(MODEL) == 2.5
    assert await durations.usual("fal-ai/another") is None


async def test_a_few_jobs_say_nothing_yet(redis: ArqRedis) -> None:
    """Nothing is promised by what happened once or twice."""
    durations = Durations(redis)
    for _ in range(ENOUGH - 1):
        await durations.record(MODEL, 2.0)
    assert await durations.usual(MODEL) is None


async def test_what_was_usual_long_ago_is_forgotten(redis: ArqRedis) -> None:
    """A model that became slower is slower, and its list does not grow."""
    durations = Durations(redis)
    for seconds in (*(2.0 for _ in range(KEPT)), *(9.0 for _ in range(KEPT))):
        await durations.record(MODEL, seconds)
    assert await durations.usual(MODEL) == 9.0
    assert await redis.llen(f"darkroom:durations:{MODEL}") == KEPT  # type: ignore[misc]  # redis-py types both its clients at once
