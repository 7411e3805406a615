"""Redis' clock, read without asking: what is compared across processes is measured by it, on whatever machine they run.

Leases and due times need more: scripts set and compare them by Redis' own TIME (infra/redis/client.py).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import ClassVar

from arq.connections import ArqRedis
from loguru import logger

from infra.redis.client import UNAVAILABLE, Script

#: Seconds that a process's own clock may be off; more is reported.
TOLERANCE = 2.0
#: The largest offset (seconds) that a process has measured lately.
KEY = "darkroom:clock-offset"

MEASURE_SECONDS = 5
_KEPT_SECONDS = 30
_WARN_SECONDS = 60

_REPORT = f"""
local offset, known = tonumber(ARGV[1]), tonumber(redis.call('GET', '{KEY}') or 0)
if math.abs(offset) >= math.abs(known) then redis.call('SET', '{KEY}', ARGV[1], 'EX', {_KEPT_SECONDS}) end
"""


class RedisClock:
    """Seconds since the epoch by Redis' clock, reckoned with this machine's monotonic clock since the last measurement.

    A step of the wall clock here changes nothing. Until the first measurement it is this machine's own time.
    """

    # Of all in this process, as a process says it once.
    _next_warning: ClassVar[float] = 0

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis
        self._report = Script(redis, _REPORT)
        self._ahead = time.time() - time.monotonic()

    def __call__(self) -> float:
        return time.monotonic() + self._ahead

    @property
    def offset(self) -> float:
        """Seconds that this machine's wall clock is ahead of Redis'."""
        return time.time() - self()

    async def measure(self) -> None:
        """Ask Redis for its time. Raises infra.redis.client.UNAVAILABLE."""
        sent = time.monotonic()
        seconds, microseconds = await self._redis.time()
        received = time.monotonic()
        told = seconds + microseconds / 1_000_000
        # It was read between the two: a slow answer, which proves little, corrects little.
        self._ahead = min(max(self._ahead, told - received), told - sent)

    async def report(self) -> None:
        """Tell the metric, and the log if it is too much, how far off this machine is. Raises UNAVAILABLE."""
        await self._report(f"{self.offset:.3f}")
        now = time.monotonic()
        if abs(self.offset) > TOLERANCE and now >= self._next_warning:
            RedisClock._next_warning = now + _WARN_SECONDS
            logger.warning(
                "this machine's clock is {:.1f} s {} Redis': let both keep time (`timedatectl set-ntp true`)",
                abs(self.offset),
                "ahead of" if self.offset > 0 else "behind",
            )

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Measure and report every few seconds meanwhile."""
        task = asyncio.create_task(self._measure_often())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _measure_often(self) -> None:
        while True:
            try:
                await self.measure()
                await self.report()
            except UNAVAILABLE as error:
                logger.debug("the clock waits for Redis: {}", type(error).__name__)
            await asyncio.sleep(MEASURE_SECONDS)
