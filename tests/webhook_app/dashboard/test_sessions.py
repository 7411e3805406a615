"""Sessions of the dashboard, on a real Valkey."""

import pytest
from arq.connections import ArqRedis

from tests.clock import Clock
from webhook_app.dashboard.sessions import SECONDS, Sessions

_TOKEN = "Xr3Lq9-vT0bZ_s7Wd2Nf8Kp5Yh1Jm4Gc6Ae"


async def test_a_session_lasts_half_a_day(redis: ArqRedis) -> None:
    """Who has shown the token need not show it until the evening, and not for ever."""
    clock = Clock(1000.0)
    sessions = Sessions(_TOKEN, redis, clock)
    value = await sessions.begin()
    assert await sessions.is_valid(value)
    clock.now += SECONDS
    assert not await sessions.is_valid(value)


@pytest.mark.parametrize(
    "forged",
    ["", ".", "0.", "0.AAPo.abc", "0.____________.abc", "9999999999.abc", "ж.ж", "x" * 5000],
)
async def test_what_was_not_given_out_is_no_session(redis: ArqRedis, forged: str) -> None:
    """Nothing that a stranger sends is one, or a fault."""
    assert not await Sessions(_TOKEN, redis, Clock(1000.0)).is_valid(forged)


async def test_session_is_valid_where_the_clock_is_behind(redis: ArqRedis) -> None:
    """The processes' estimates of Redis' clock differ: who has just logged in stays so with the next process."""
    value = await Sessions(_TOKEN, redis, Clock(1000.0)).begin()
    assert await Sessions(_TOKEN, redis, Clock(999.9)).is_valid(value)


async def test_a_new_token_ends_every_session(redis: ArqRedis) -> None:
    """Whoever has to shut somebody out changes it."""
    clock = Clock(1000.0)
    value = await Sessions(_TOKEN, redis, clock).begin()
    assert not await Sessions(_TOKEN + "2", redis, clock).is_valid(value)


async def test_ending_all_sessions_leaves_none_and_lets_new_ones_begin(redis: ArqRedis) -> None:
    """Another process knows of it at once."""
    clock = Clock(1000.0)
    sessions, elsewhere = Sessions(_TOKEN, redis, clock), Sessions(_TOKEN, redis, clock)
    old = await sessions.begin()
    await sessions.end_all()
    assert not await elsewhere.is_valid(old)
    assert await elsewhere.is_valid(await sessions.begin())
