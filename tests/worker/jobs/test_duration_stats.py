import math

from arq.connections import ArqRedis

from worker.jobs.duration_stats import ENOUGH, KEPT, Durations

MODEL = "fal-ai/flux/schnell"


async def test_usual_duration_is_the_median(redis: ArqRedis) -> None:
    """One job that took a quarter of an hour does not change it."""
    durations = Durations(redis)
    for seconds in (2.0, 900.0, 3.1, 2.5, 2.4):
        await durations.record(MODEL, seconds)
    assert await durations.usual(MODEL) == 2.5
    assert await durations.usual("fal-ai/another") is None


async def test_few_jobs_give_no_usual_duration(redis: ArqRedis) -> None:
    """One or two jobs are too few."""
    durations = Durations(redis)
    for _ in range(ENOUGH - 1):
        await durations.record(MODEL, 2.0)
    assert await durations.usual(MODEL) is None


async def test_old_durations_are_dropped(redis: ArqRedis) -> None:
    """The newest jobs count, and the list does not grow."""
    durations = Durations(redis)
    for seconds in (*(2.0 for _ in range(KEPT)), *(9.0 for _ in range(KEPT))):
        await durations.record(MODEL, seconds)
    assert await durations.usual(MODEL) == 9.0
    assert await redis.llen(f"darkroom:durations:{MODEL}") == KEPT  # type: ignore[misc]  # redis-py types both its clients at once


async def test_impossible_durations_do_not_count(redis: ArqRedis) -> None:
    """A clock that was set back between a submit and the end of its job gives a negative one."""
    durations = Durations(redis)
    for seconds in (-3600.0, -0.5, math.nan, math.inf, 2.0, 3.0):
        await durations.record(MODEL, seconds)
    assert await durations.samples(MODEL) == ()
    await durations.record(MODEL, 4.0)
    assert await durations.samples(MODEL) == (2.0, 3.0, 4.0)
