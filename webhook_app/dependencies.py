"""What this service depends on, and how each of it is."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from arq.connections import ArqRedis
from arq.constants import health_check_key_suffix

from infra.errors import DarkroomError
from infra.redis import UNAVAILABLE
from worker.queue import Clock, Queue

#: Returns when all is well, raises what is wrong.
type Check = Callable[[], Awaitable[None]]

#: What is wrong with each dependency, None where all is well.
type Report = Mapping[str, str | None]


class Dependencies:
    """Looks at all of them at once, and once a second however often it is asked. Times are in seconds."""

    def __init__(
        self,
        checks: Mapping[str, Check],
        clock: Clock = time.monotonic,
        patience: float = 2,
        fresh: float = 1,
    ) -> None:
        self._checks = checks
        self._clock = clock
        self._patience = patience
        self._fresh = fresh
        self._report: Report = {}
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    async def report(self) -> Report:
        async with self._looking:
            if self._clock() - self._looked_at >= self._fresh:
                troubles = await asyncio.gather(*map(self._trouble, self._checks.values()))
                self._report = dict(zip(self._checks, troubles, strict=True))
                self._looked_at = self._clock()
            return self._report

    async def _trouble(self, check: Check) -> str | None:
        try:
            async with asyncio.timeout(self._patience):
                await check()
        except DarkroomError as error:
            return str(error)
        except TimeoutError:
            return f"No answer within {self._patience:g} seconds."
        except UNAVAILABLE as error:
            return f"Redis is away ({type(error).__name__})."
        return None


async def check_redis(redis: ArqRedis) -> None:
    await redis.ping()


async def check_worker(redis: ArqRedis, queue: Queue) -> None:
    """arq's workers keep this key alive: https://arq-docs.helpmanuel.com/#health-checks."""
    if not await redis.exists(queue + health_check_key_suffix):
        raise DarkroomError(f"No worker serves {queue}: start one with `python -m worker`.")
