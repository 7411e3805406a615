from arq.connections import ArqRedis

from worker.limits.limits import UNLIMITED, Limit, LimitStore


async def test_a_large_budget_is_kept_to_the_cent(redis: ArqRedis) -> None:
    """What an admin has typed is what holds."""
    limits = LimitStore(redis, UNLIMITED)
    await limits.set(Limit.TEAM_DAILY_BUDGET, 12345.67)
    assert (await limits.get()).team_daily_budget == 12345.67
