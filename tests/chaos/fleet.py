"""All processes of one installation, restarted as by a supervisor, and killed on demand."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import RedisError, ResponseError

from tests.chaos.balancer import balanced
from tests.chaos.disk import Disk
from tests.chaos.memory import MemoryLimit, memory_limit
from tests.chaos.money import USER_BUDGET
from tests.processes import Installation, Process, eventually, free_port, skewed, status_of
from tests.valkey import ValkeyServer
from worker.queues.names import Queue

_LOOK_SECONDS = 0.2
#: MemoryMax of infra/deploy/systemd/darkroom-worker@.service.
WORKER_BYTES = 1024**3

#: Offsets of the workers' clocks, in faketime's notation.
SKEWS = {1: "+20s", 2: "-60s"}


@dataclass(frozen=True)
class Kill:
    """`kind` is web, worker or valkey; `at` is in unix seconds."""

    kind: str
    at: float


@dataclass
class Fleet:
    """webhook_app processes behind a balancer, and workers, over both fakes and a Valkey."""

    installation: Installation
    valkey: ValkeyServer
    webhook_apps: list[Process]
    workers: list[Process]
    disk: Disk
    memory: Sequence[MemoryLimit]
    kills: list[Kill] = field(default_factory=list)
    #: Processes that ended without a kill.
    deaths: Counter[str] = field(default_factory=Counter)
    _down: set[str] = field(default_factory=set)

    async def kill(self, process: Process, kind: str, pause: float) -> None:
        """Kill a process as a power cut does, and start it again after a pause (seconds)."""
        if process.name in self._down:
            return
        self._down.add(process.name)
        self._note(kind, process.name)
        await asyncio.to_thread(process.kill)
        await asyncio.sleep(pause)
        self.start(process)
        self._down.discard(process.name)

    def start(self, process: Process) -> None:
        """Start it; a worker has the memory limit of its systemd unit."""
        process.start()
        if process in self.workers and process.running:
            self.memory[self.workers.index(process)].add(process.running.pid)

    async def kill_valkey(self, pause: float) -> None:
        if "valkey" in self._down:
            return
        self._down.add("valkey")
        self._note("valkey", "valkey")
        await asyncio.to_thread(self.valkey.kill)
        await asyncio.sleep(pause)
        await asyncio.to_thread(self.valkey.start)
        self._down.discard("valkey")

    async def refuse(self, name: str, on: str, off: str, *, seconds: float) -> None:
        """Let Redis refuse for some seconds; a server that is killed meanwhile restarts without it."""
        if "valkey" in self._down:
            return
        self._note("refusal", f"redis {name}")
        async with AsyncRedis.from_url(self.valkey.url) as redis:
            with contextlib.suppress(RedisError, OSError):
                await _refuse(redis, name, on)
            await asyncio.sleep(seconds)
            # A refusing server may refuse this, too, until the next check.
            while "valkey" not in self._down:
                with contextlib.suppress(RedisError, OSError):
                    await _accept(redis, name, off)
                    return
                await asyncio.sleep(_LOOK_SECONDS)

    def lose_next_steps(self) -> None:
        """Delete arq's keys and the schedules, unless Valkey is down or refuses that."""
        with contextlib.suppress(RedisError), Redis.from_url(self.valkey.url) as redis:
            keys = [
                *redis.keys("arq:*"),
                *redis.keys("darkroom:due:*"),
                *redis.keys("darkroom:wake:*"),
            ]
            redis.delete(*Queue, *keys)

    def _note(self, kind: str, name: str) -> None:
        self.kills.append(Kill(kind, time.time()))
        with (self.installation.folder / "kills.log").open("a") as log:
            log.write(f"{datetime.now(UTC):%H:%M:%S.%f} {name}\n")

    async def supervise(self) -> None:
        """Restart whatever ends by itself, as systemd or a container's restart policy does."""
        while True:
            for process in (*self.webhook_apps, *self.workers):
                if process.name not in self._down and _has_ended(process):
                    self.deaths[process.name] += 1
                    self.start(process)
            await asyncio.sleep(_LOOK_SECONDS)

    async def is_healthy(self) -> bool:
        url = f"{self.installation.api_url}/health"
        return await asyncio.to_thread(status_of, url) == 200


async def _refuse(redis: AsyncRedis, name: str, on: str) -> None:
    match name:
        case "replicaof":
            await redis.replicaof(*on.split())
        case "busy":
            await redis.config_set("busy-reply-threshold", "100")
            # It gets its response when it is killed.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await redis.eval("while true do end", 0)  # type: ignore[misc]  # redis-py types it as if it were not async
        case _:
            await redis.config_set(name, on)


async def _accept(redis: AsyncRedis, name: str, off: str) -> None:
    match name:
        case "replicaof":
            await redis.replicaof(*off.split())
        case "busy":
            with contextlib.suppress(ResponseError):  # everything has stopped
                await redis.script_kill()
        case _:
            await redis.config_set(name, off)


def _has_ended(process: Process) -> bool:
    return process.running is not None and process.running.poll() is not None


@asynccontextmanager
async def running_fleet(
    folder: Path, webhook_apps: int, workers: int, timeout_seconds: float, *, warm: bool
) -> AsyncIterator[Fleet]:
    """`timeout_seconds`: how long an image may take (`image_max_wait_sec`)."""
    async with AsyncExitStack() as stack:
        valkey = stack.enter_context(ValkeyServer(folder, appendfsync="always"))
        disk = stack.enter_context(Disk(folder / "media").mounted())
        memory = [stack.enter_context(memory_limit(WORKER_BYTES)) for _ in range(workers)]
        installation = _installation(folder, valkey.url, timeout_seconds, warm=warm)
        ports = [free_port() for _ in range(webhook_apps)]
        fleet = Fleet(
            installation,
            valkey,
            [_webhook_app(installation, number, port) for number, port in enumerate(ports)],
            [_worker(installation, number) for number in range(workers)],
            disk,
            memory,
        )
        address = int(installation.api_url.rpartition(":")[2])
        webhook_apps_at = [(installation.host, port) for port in ports]
        await stack.enter_async_context(balanced((installation.host, address), webhook_apps_at))
        stack.push_async_callback(_stop, fleet)
        await _start(fleet)
        supervising = asyncio.create_task(fleet.supervise())
        stack.push_async_callback(_cancel, supervising)
        yield fleet


def _installation(
    folder: Path, redis_url: str, timeout_seconds: float, *, warm: bool
) -> Installation:
    settings = {"image_max_wait_sec": f"{timeout_seconds:g}", "log_level": "INFO"}
    settings["user_daily_budget"] = str(USER_BUDGET)
    return Installation(folder, redis_url, "webhook", chat_burst=30, warm=warm, settings=settings)


def _webhook_app(installation: Installation, number: int, port: int) -> Process:
    webhook_app = installation.process(f"web-{number}", "-m", "webhook_app")
    webhook_app.environment = {**webhook_app.environment, "api_port": str(port)}
    return webhook_app


def _worker(installation: Installation, number: int) -> Process:
    """Start it on a host with its own clock; a forked process has the clock of its parent."""
    worker = installation.process(f"worker-{number}", "-m", "worker")
    if number in SKEWS and not installation.warm:
        worker.prefix = skewed(SKEWS[number])
    return worker


async def _start(fleet: Fleet) -> None:
    await asyncio.to_thread(fleet.installation.start_telegram)
    for process in (fleet.installation.fal, *fleet.workers, *fleet.webhook_apps):
        fleet.start(process)
    await eventually(fleet.is_healthy, "the service is up")


async def _stop(fleet: Fleet) -> None:
    installation = fleet.installation
    for process in (*fleet.webhook_apps, *fleet.workers, installation.telegram, installation.fal):
        await asyncio.to_thread(process.kill)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
