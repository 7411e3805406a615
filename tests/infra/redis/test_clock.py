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
def said() -> Iterator[list[str]]:
    """What is logged, with this process's warnings not yet said."""
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), level="WARNING", format="{message}")
    RedisClock._next_warning = 0  # noqa: SLF001 - other tests may have warned
    yield lines
    logger.remove(sink)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """This machine's wall clock, which is `off` by so many seconds; the monotonic one is right."""
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
async def test_it_tells_redis_time_wherever_it_runs(
    redis: ArqRedis, wall: SimpleNamespace, off: float
) -> None:
    """However wrong this machine's clock is, and though it is set meanwhile."""
    wall.off = off
    clock = RedisClock(redis)
    await clock.measure()
    wall.off -= 3600
    assert clock() == pytest.approx(await redis_seconds(redis), abs=0.2)


async def test_a_slow_answer_corrects_no_more_than_it_proves(
    redis: ArqRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was measured well is not spoilt by an answer that took long on its way back."""
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


async def test_a_machine_that_is_off_says_so_once_a_minute(
    redis: ArqRedis, wall: SimpleNamespace, said: list[str]
) -> None:
    """However many queues of a process measure it; two seconds are tolerated."""
    wall.off = 1.5
    await measured(redis)
    assert said == []
    wall.off = -20
    for _ in range(3):
        await measured(redis)
    assert [line for line in said if "20.0 s behind Redis;" in line] == said[:1] == said


async def test_the_largest_offset_is_kept_for_the_metric(
    redis: ArqRedis, wall: SimpleNamespace
) -> None:
    """A process that is right does not cover one that is wrong; what nobody measures any more runs out."""
    for wall.off in (0, -20, 5):
        await measured(redis)
    assert float(await redis.get(KEY)) == pytest.approx(-20, abs=0.2)
    assert 0 < await redis.ttl(KEY) <= 30


async def test_it_is_measured_again_while_it_is_kept(
    redis: ArqRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a fail-over another machine tells the time."""
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
