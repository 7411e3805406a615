"""What this service depends on, and how each of it is: looked at in the background, however often somebody asks."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arq.connections import ArqRedis
from loguru import logger
from starlette.requests import Request as StarletteRequest

from infra.errors import DarkroomError
from infra.queues import health_key
from infra.redis.client import UNAVAILABLE, RedisRefusal
from webhook_app.lazy import Lazy
from webhook_app.state import State
from worker.queues.names import Clock, Queue

if TYPE_CHECKING:
    from infra.storage.store import Storage

#: What is wrong with each dependency, None where all is well.
type Report = Mapping[str, str | None]

_PROBE = "darkroom:health-probe"
_PROBE_SECONDS = 60
# A dependency that fails is looked at this often at least, to say soon that all is well again.
_SOON = 5


@dataclass(frozen=True)
class Check:
    """`look` returns when all is well and raises what is wrong; it is called every so many seconds."""

    look: Callable[[], Awaitable[None]]
    every: float = 2


class Dependencies:
    """Times are in seconds; a look may take `patience`."""

    def __init__(
        self, checks: Mapping[str, Check], clock: Clock = time.monotonic, patience: float = 3
    ) -> None:
        self._checks = checks
        self._clock = clock
        self._patience = patience
        self._report: dict[str, str | None] = {}
        self._looked_at: dict[str, float] = {}
        self._seen_all = asyncio.Event()

    async def watch(self) -> None:
        """Look at each in its own time, for as long as this service runs."""
        async with asyncio.TaskGroup() as tasks:
            for name, check in self._checks.items():
                tasks.create_task(self._watch(name, check))

    async def report(self) -> Report:
        """What the last looks have found; only the very first are waited for."""
        await self._seen_all.wait()
        return {name: self._last(name, check) for name, check in self._checks.items()}

    async def _watch(self, name: str, check: Check) -> None:
        while True:
            trouble = await self._trouble(name, check)
            self._report[name] = trouble
            self._looked_at[name] = self._clock()
            if self._report.keys() == self._checks.keys():
                self._seen_all.set()
            await asyncio.sleep(min(check.every, _SOON) if trouble else check.every)

    def _last(self, name: str, check: Check) -> str | None:
        age = self._clock() - self._looked_at[name]
        if age > 2 * (check.every + self._patience):
            return f"Nobody has looked for {age:.0f} seconds."
        return self._report[name]

    async def _trouble(self, name: str, check: Check) -> str | None:
        try:
            async with asyncio.timeout(self._patience):
                await check.look()
        except (DarkroomError, RedisRefusal) as error:
            return str(error)
        except TimeoutError:
            return f"No answer within {self._patience:g} seconds."
        except UNAVAILABLE as error:
            return f"Redis is away ({type(error).__name__})."
        except Exception as error:  # noqa: BLE001 - a check that breaks says so in its line
            logger.exception("the check of {} broke", name)
            return f"The check itself broke ({type(error).__name__}); the log says why."
        return None


async def check_redis(redis: ArqRedis) -> None:
    """A server may answer and refuse every write."""
    await redis.set(_PROBE, b"", ex=_PROBE_SECONDS)


async def check_storage(storage: "Lazy[Storage]") -> None:
    """Write, read and delete a file. Raises StorageError."""
    opened = await storage.open()
    await opened.check()


async def check_worker(redis: ArqRedis, queue: Queue) -> None:
    if await redis.exists(health_key(queue)):
        return
    # They cannot while Redis takes no writes.
    await check_redis(redis)
    raise DarkroomError(f"No worker serves {queue}: start one with `darkroom worker`.")


class HealthState(State):
    dependencies: Dependencies


type HealthRequest = StarletteRequest[HealthState]
