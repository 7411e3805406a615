"""Health checks of the dependencies, run in the background at a fixed rate."""

import asyncio
import contextlib
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from arq.connections import ArqRedis
from loguru import logger
from starlette.requests import Request as StarletteRequest

from infra.errors import DarkroomError
from infra.process.background import in_background
from infra.queues import health_key
from infra.redis.client import UNAVAILABLE, RedisRefusal
from infra.settings import Settings
from infra.storage.folder_check import check_folder
from webhook_app.lazy import Lazy
from webhook_app.state import State
from worker.queues.names import Clock, Queue

if TYPE_CHECKING:
    from infra.storage.store import Storage

#: The problem of each dependency; None: it works.
type Report = Mapping[str, str | None]

_PROBE = "darkroom:health-probe"
_PROBE_SECONDS = 60
# Seconds between checks of a failing dependency, to report its recovery soon.
_RECHECK_SECONDS = 5


@dataclass(frozen=True)
class Check:
    """`look` returns when the dependency works, else it raises. It is called every `every` seconds."""

    look: Callable[[], Awaitable[None]]
    every: float = 2

    async def find_problem(self, name: str, timeout_seconds: float) -> str | None:
        try:
            async with asyncio.timeout(timeout_seconds):
                await self.look()
        except (DarkroomError, RedisRefusal) as error:
            return str(error)
        except TimeoutError:
            return f"No answer within {timeout_seconds:g} seconds."
        except UNAVAILABLE as error:
            return f"Redis is not available ({type(error).__name__})."
        except Exception as error:  # noqa: BLE001 - a check that raises is reported as its dependency's problem
            logger.exception("health check failed unexpectedly: {}", name)
            return f"The check itself failed ({type(error).__name__}); see the log."
        return None


class Dependencies:
    """Runs the checks and keeps their last outcomes. Times are in seconds; `timeout_seconds` limits a check."""

    def __init__(
        self, checks: Mapping[str, Check], clock: Clock = time.monotonic, timeout_seconds: float = 3
    ) -> None:
        self._checks = checks
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._report: dict[str, str | None] = {}
        self._looked_at: dict[str, float] = {}
        self._seen_all = asyncio.Event()

    async def watch(self) -> None:
        """Run each check at its own interval, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for name, check in self._checks.items():
                tasks.create_task(self._watch(name, check))

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[Self]:
        """Watch in the background until exit."""
        async with in_background(self.watch()):
            yield self

    async def report(self) -> Report:
        """Return the outcomes of the last checks. Waits only for the first run of each."""
        await self._seen_all.wait()
        report = {name: self._report[name] for name in self._checks}
        for name, check in self._checks.items():
            age = self._clock() - self._looked_at[name]
            if age > 2 * (check.every + self._timeout_seconds):
                report[name] = f"Not checked for {age:.0f} seconds."
        return report

    async def _watch(self, name: str, check: Check) -> None:
        while True:
            problem = await check.find_problem(name, self._timeout_seconds)
            self._report[name] = problem
            self._looked_at[name] = self._clock()
            if self._report.keys() == self._checks.keys():
                self._seen_all.set()
            await asyncio.sleep(min(check.every, _RECHECK_SECONDS) if problem else check.every)


async def check_redis(redis: ArqRedis) -> None:
    """Write a key: a server may answer and still refuse every write."""
    await redis.set(_PROBE, b"", ex=_PROBE_SECONDS)


async def check_storage(settings: Settings, storage: "Lazy[Storage]") -> None:
    """Write, read and delete a file. Raises StorageError."""
    if not settings.storage_url:
        await asyncio.to_thread(check_folder, settings.media_dir)
        return
    opened = await storage.open()
    await opened.check()


async def check_worker(redis: ArqRedis, queue: Queue) -> None:
    if await redis.exists(health_key(queue)):
        return
    # A worker cannot renew its key while Redis refuses writes: raise that instead.
    await check_redis(redis)
    raise DarkroomError(f"No worker serves {queue}: start one with `darkroom worker`.")


def checks(
    settings: Settings,
    redis: ArqRedis,
    storage: "Lazy[Storage]",
    check_telegram: Callable[[], Awaitable[None]],
) -> Mapping[str, Check]:
    workers = {queue.value: Check(functools.partial(check_worker, redis, queue)) for queue in Queue}
    return {
        "redis": Check(functools.partial(check_redis, redis)),
        **workers,
        "storage": Check(functools.partial(check_storage, settings, storage), every=30),
        # The state of the connection to Telegram is in this process.
        "telegram": Check(check_telegram, every=0.5),
    }


class HealthState(State):
    dependencies: Dependencies


type HealthRequest = StarletteRequest[HealthState]
