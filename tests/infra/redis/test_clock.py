import asyncio
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from arq.connections import ArqRedis
from loguru import logger

from infra.redis import clock as redis_clock
from infra.redis.clock import KEY, RedisClock


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """Collect the log, with this process's warnings reset."""
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), level="WARNING", format="{message}")
    RedisClock._next_warning = 0  # noqa: SLF001 - other tests may have warned
    yield lines
    logger.remove(sink)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Set this machine's wall clock wrong by `off` seconds; the monotonic clock is right."""
    held = SimpleNamespace(off=0.0)
    clocks = SimpleNamespace(time=lambda: time.time() + held.off, monotonic=time.monotonic)
    monkeypatch.setattr(redis_clock, "time", clocks)
    return held


async def redis_seconds(redis: ArqRedis) -> float:
    seconds, microseconds = await redis.time()
    return float(seconds + microseconds / 1_000_000)


async def measured(redis: ArqRedis) -> None:
    clock = RedisClock(redis)
    await clock.measure()
    await clock.report()


@pytest.mark.parametrize("off", [0, 20, -60, 24 * 3600])
async def test_clock_returns_redis_time(redis: ArqRedis, wall: SimpleNamespace, off: float) -> None:
    """The offset holds for any error of this machine's clock, also when the clock is set meanwhile."""
    wall.off = off
    clock = RedisClock(redis)
    await clock.measure()
    wall.off -= 3600
    assert clock() == pytest.approx(await redis_seconds(redis), abs=0.2)


async def test_slow_response_corrects_no_more_than_it_proves(
    redis: ArqRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow response does not replace a better measurement."""
    clock = RedisClock(redis)
    await clock.measure()
    ask = redis.time

    async def answer_late() -> object:
        told = await ask()
        await asyncio.sleep(1)
        return told

    monkeypatch.setattr(redis, "time", answer_late)
    await clock.measure()
    monkeypatch.undo()
    assert clock() == pytest.approx(await redis_seconds(redis), abs=0.2)


async def test_wrong_clock_is_logged_once_a_minute(
    redis: ArqRedis, wall: SimpleNamespace, log_lines: list[str]
) -> None:
    """There is one warning, however many queues of a process measure the clock; two seconds are tolerated."""
    wall.off = 1.5
    await measured(redis)
    assert log_lines == []
    wall.off = -20
    for _ in range(3):
        await measured(redis)
    assert (
        [line for line in log_lines if "20.0 s behind Redis;" in line] == log_lines[:1] == log_lines
    )


async def test_largest_offset_is_kept_for_the_metric(
    redis: ArqRedis, wall: SimpleNamespace
) -> None:
    """A correct process does not hide a wrong one; an old measurement expires."""
    for wall.off in (0, -20, 5):
        await measured(redis)
    assert float(await redis.get(KEY)) == pytest.approx(-20, abs=0.2)
    assert 0 < await redis.ttl(KEY) <= 30


async def test_offset_is_measured_again(redis: ArqRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a fail-over another machine's time counts."""
    monkeypatch.setattr(redis_clock, "MEASURE_SECONDS", 0.01)
    clock = RedisClock(redis)
    ask = redis.time

    async def ask_another() -> tuple[int, int]:
        seconds, microseconds = await ask()
        return seconds + 100, microseconds

    async with clock.kept():
        await asyncio.sleep(0.1)
        monkeypatch.setattr(redis, "time", ask_another)
        await asyncio.sleep(0.2)
        assert clock() == pytest.approx(await redis_seconds(redis), abs=0.2)
