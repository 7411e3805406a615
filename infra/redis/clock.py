"""Redis's clock without a round trip, for times that are compared between processes on different machines.

Leases and due times are stricter: scripts set and compare them by Redis's own TIME (infra/redis/script.py).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any, ClassVar, Self

from arq.connections import ArqRedis
from loguru import logger

from infra.process.background import in_background
from infra.redis.client import UNAVAILABLE
from infra.redis.script import Key, lua_script

#: Seconds of clock offset that are tolerated; more is reported.
TOLERANCE = 2.0
#: Key of the largest offset (seconds) that a process has measured recently.
KEY = "darkroom:clock-offset"

MEASURE_SECONDS = 5
KEPT_SECONDS = 30
_WARN_SECONDS = 60


@lua_script
async def report_offset(redis: ArqRedis, *, key: Key, offset: str) -> Any:
    """Report a process's offset to the metric."""


class RedisClock:
    """Seconds since the epoch by Redis's clock, extrapolated with the monotonic clock since the last measurement.

    Changes of this machine's wall clock have no effect. Before the first measurement it is this machine's time.
    """

    # Shared by all instances, so that a process logs the warning once.
    _next_warning: ClassVar[float] = 0

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis
        self._ahead = time.time() - time.monotonic()

    def __call__(self) -> float:
        return time.monotonic() + self._ahead

    @property
    def offset(self) -> float:
        """Seconds that this machine's wall clock is ahead of Redis's."""
        return time.time() - self()

    async def measure(self) -> None:
        """Read Redis's time. Raises infra.redis.client.UNAVAILABLE."""
        sent = time.monotonic()
        seconds, microseconds = await self._redis.time()
        received = time.monotonic()
        theirs = seconds + microseconds / 1_000_000
        # It was read between `sent` and `received`, so a slow response leaves a wide range and corrects little.
        self._ahead = min(max(self._ahead, theirs - received), theirs - sent)

    async def report(self) -> None:
        """Report the offset to the metric, and log it if it exceeds TOLERANCE. Raises UNAVAILABLE."""
        await report_offset(self._redis, key=KEY, offset=f"{self.offset:.3f}")
        now = time.monotonic()
        if abs(self.offset) > TOLERANCE and now >= self._next_warning:
            RedisClock._next_warning = now + _WARN_SECONDS
            logger.warning(
                "clock offset: this machine is {:.1f} s {} Redis; synchronise both (`timedatectl set-ntp true`)",
                abs(self.offset),
                "ahead of" if self.offset > 0 else "behind",
            )

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[Self]:
        """Measure and report every few seconds until exit."""

        async def measure_often() -> None:
            while True:
                try:
                    await self.measure()
                    await self.report()
                except UNAVAILABLE as error:
                    logger.debug(
                        "clock not measured, Redis is not available: {}", type(error).__name__
                    )
                await asyncio.sleep(MEASURE_SECONDS)

        async with in_background(measure_often()):
            yield self
