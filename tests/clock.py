"""A clock that a test sets."""

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
    """Make every script that is loaded inside the block use this clock instead of Redis' TIME."""

    async def run(script: client.Script, *arguments: str | bytes | float) -> Any:
        return await script._run(  # noqa: SLF001 - only the time is replaced
            keys=[str(int(clock() * 1000))], args=arguments
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "NOW", "local now = tonumber(KEYS[1])\n")
        patch.setattr(client.Script, "__call__", run)
        yield clock


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock that Redis' scripts use, too."""
    with redis_time(Clock()) as held:
        yield held
