from arq.connections import ArqRedis

from worker.limits.limits import UNLIMITED, Limit, Limits, LimitStore


async def test_large_budget_keeps_its_cents(redis: ArqRedis) -> None:
    """The stored limit is exactly what an admin typed."""
    limits = LimitStore(redis, UNLIMITED)
    await limits.set(Limit.TEAM_DAILY_BUDGET, 12345.67)
    assert (await limits.get()).team_daily_budget == 12345.67


async def test_a_limit_is_stored_where_the_version_before_reads_it(
    redis: ArqRedis,
) -> None:
    """Both versions keep to it while an installation is upgraded."""
    store = LimitStore(redis, Limits(user_max_jobs=5))
    await store.set(Limit.USER_MAX_JOBS, 2)
    assert await redis.hgetall("darkroom:limits") == {b"person_max_jobs": b"2"}  # type: ignore[misc]
    assert (await store.get()).user_max_jobs == 2
