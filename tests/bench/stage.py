"""The environment of a measurement: a real Valkey, both fakes, and the product between them."""

import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from redis import Redis

from tests.bench.cores import Cores, running_on
from tests.bench.darkroom import Darkroom
from tests.bench.fal import Fal
from tests.bench.program import Program
from tests.bench.shares import Shares
from tests.bench.telegram import Telegram
from tests.bench.wire import served
from tests.valkey import ValkeyServer
from worker.queues.names import Queue


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class Bench:
    """How thoroughly to measure: rounds and their seconds. `peers` is the Python of the peers."""

    rounds: int
    seconds: float
    cores: Cores
    peers: str
    is_quick: bool

    @asynccontextmanager
    async def stage(
        self,
        *,
        webhooks: bool = True,
        file: tuple[bytes, str] = (b"", "image/jpeg"),
        settings: Mapping[str, str] | None = None,
    ) -> AsyncIterator["Stage"]:
        """Run everything but the product's processes, which the row starts as it needs them."""
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            with running_on(self.cores.others):
                valkey = stack.enter_context(ValkeyServer(folder))
            telegram, fal = Telegram(), Fal(*file)
            telegram_port = await stack.enter_async_context(served(telegram.handle))
            fal_port = await stack.enter_async_context(served(fal.handle))
            fal.url = f"http://127.0.0.1:{fal_port}"
            darkroom = Darkroom(
                folder=folder,
                redis_url=valkey.url,
                cores=self.cores.contestant,
                telegram_url=f"http://127.0.0.1:{telegram_port}",
                fal_url=fal.url,
                webhooks=webhooks,
                settings=settings or {},
            )
            redis = stack.enter_context(Redis.from_url(valkey.url))
            yield Stage(folder, valkey, redis, telegram, fal, darkroom)


@dataclass(frozen=True)
class Stage:
    folder: Path
    valkey: ValkeyServer
    redis: "Redis"
    telegram: Telegram
    fal: Fal
    darkroom: Darkroom
    workers: int = 1
    shares: Shares | None = None

    def has_workers(self) -> bool:
        """Whether all workers have started: an idle one waits for the wake-up list of each queue."""
        clients = cast(dict[str, int], self.redis.info("clients"))
        return clients["blocked_clients"] >= len(Queue) * self.workers

    @contextmanager
    def limited(self, *programs: Program) -> Iterator[None]:
        """Give these and Redis a share of a core each meanwhile, if there are shares."""
        if not self.shares:
            yield
            return
        server = cast(dict[str, int], self.redis.info("server"))
        pids = [pid for program in programs for pid in program.pids()]
        with self.shares.limited([server["process_id"], *pids]):
            yield

    def redis_seconds(self) -> float:
        """Return Redis' time for commands; commands within a script count as the script's."""
        stats = cast(dict[str, dict[str, float]], self.redis.info("commandstats"))
        return sum(one["usec"] for one in stats.values()) / 1e6
