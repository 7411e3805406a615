"""A clock that a test holds in its hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from infra.redis import client


class Clock:
    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@contextmanager
def redis_time(clock: Clock) -> Iterator[Clock]:
    """Let every script that is made and run meanwhile take this clock for Redis' TIME."""

    async def run(script: client.Script, *arguments: str | bytes | float) -> Any:
        return await script._run(  # noqa: SLF001 - the time is the test's
            keys=[str(int(clock() * 1000))], args=arguments
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "NOW", "local now = tonumber(KEYS[1])\n")
        patch.setattr(client.Script, "__call__", run)
        yield clock


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock that Redis goes by too."""
    with redis_time(Clock()) as held:
        yield held
