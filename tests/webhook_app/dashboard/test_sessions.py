"""Sessions of the dashboard, on a real Valkey."""

import pytest
from arq.connections import ArqRedis

from tests.clock import Clock
from webhook_app.dashboard.sessions import SECONDS, Sessions

_TOKEN = "Xr3Lq9-vT0bZ_s7Wd2Nf8Kp5Yh1Jm4Gc6Ae"


async def test_session_expires_after_half_a_day(redis: ArqRedis) -> None:
    """The token is needed once in half a day."""
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
async def test_forged_session_is_invalid(redis: ArqRedis, forged: str) -> None:
    """Nothing that a stranger sends is a session or raises an error."""
    assert not await Sessions(_TOKEN, redis, Clock(1000.0)).is_valid(forged)


async def test_session_is_valid_where_the_clock_is_behind(redis: ArqRedis) -> None:
    """The processes' estimates of Redis' clock differ: a new session is valid in the next process."""
    value = await Sessions(_TOKEN, redis, Clock(1000.0)).begin()
    assert await Sessions(_TOKEN, redis, Clock(999.9)).is_valid(value)


async def test_new_token_ends_every_session(redis: ArqRedis) -> None:
    """To log everybody out, change the token."""
    clock = Clock(1000.0)
    value = await Sessions(_TOKEN, redis, clock).begin()
    assert not await Sessions(_TOKEN + "2", redis, clock).is_valid(value)


async def test_end_all_sessions(redis: ArqRedis) -> None:
    """Other processes see it at once, and new sessions can start."""
    clock = Clock(1000.0)
    sessions, elsewhere = Sessions(_TOKEN, redis, clock), Sessions(_TOKEN, redis, clock)
    old = await sessions.begin()
    await sessions.end_all()
    assert not await elsewhere.is_valid(old)
    assert await elsewhere.is_valid(await sessions.begin())
