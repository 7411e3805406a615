"""A clock that a test sets."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from arq.connections import ArqRedis

from infra.redis.script import NOW, Script


class Clock:
    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@contextmanager
def redis_time(clock: Clock) -> Iterator[Clock]:
    """Make every script that runs inside the block use this clock instead of Redis' TIME."""

    async def run(
        script: Script[Any], redis: ArqRedis, keys: list[Any], arguments: list[Any]
    ) -> Any:
        source = script.source.replace(NOW, "local now = tonumber(KEYS[#KEYS])\n")
        return await redis.register_script(source)([*keys, str(int(clock() * 1000))], arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Script, "run", run)
        yield clock


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock that Redis' scripts use, too."""
    with redis_time(Clock()) as held:
        yield held
