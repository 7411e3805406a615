"""One installation on nine hosts: webhook_app, workers, three Redis nodes, and a host for fakes and balancer."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.chaos.balancer import balanced
from tests.chaos.fleet import Kill
from tests.chaos_hosts.network import Host
from tests.processes import Installation, Process, eventually, free_port, status_of, wait_until
from tests.sentinels import RedisNode, Replication

DESK = "desk"
WEBHOOK_APPS = ("web-0", "web-1")
WORKERS = ("worker-0", "worker-1", "worker-2")
REDIS = ("redis-0", "redis-1", "redis-2")
NAMES = (DESK, *WEBHOOK_APPS, *WORKERS, *REDIS)
#: Needed from other hosts.
API_TOKEN = "a-token-for-the-hosts"
_WEBHOOK_APP_PORT = 8000
_PATIENCE_SECONDS = 60


@dataclass
class Hosts:
    """`kills` are the times at which a host was disconnected, came back or died, for the ledger."""

    installation: Installation
    replication: Replication
    webhook_apps: Sequence[Process]
    workers: Sequence[Process]
    cables: Sequence[Host]
    kills: list[Kill] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)

    async def cut_off(self, worker: int, seconds: float) -> None:
        self._note("a worker's host cut off")
        self.cables[worker].unplug()
        await asyncio.sleep(seconds)
        self.cables[worker].plug()
        self._note("it is back")

    async def kill_worker(self, worker: int) -> None:
        """Kill it for good, without a restart."""
        self._note("a worker's host killed")
        self.dead.add(self.workers[worker].name)
        await asyncio.to_thread(self.workers[worker].kill)

    async def kill_master(self) -> None:
        """Kill its Valkey and its Sentinel at once, for good."""
        master = await asyncio.to_thread(lambda: self.replication.master)
        self._note("the master's host killed")
        await asyncio.to_thread(master.kill)

    async def is_healthy(self) -> bool:
        url = f"{self.installation.api_url}/health"
        return await asyncio.to_thread(status_of, url) == 200

    def _note(self, what: str) -> None:
        self.kills.append(Kill(what, time.time()))

    @property
    def deaths(self) -> Counter[str]:
        """Return the processes that ended without a kill."""
        ended = (
            process.name
            for process in (*self.webhook_apps, *self.workers)
            if process.name not in self.dead
            and process.running
            and process.running.poll() is not None
        )
        return Counter(ended)


@asynccontextmanager
async def running_hosts(folder: Path, hosts: Sequence[Host]) -> AsyncIterator[Hosts]:
    """Run the hosts; this process has to be on the host of the fakes."""
    at = {host.name: host for host in hosts}
    nodes = [RedisNode(folder / name, at[name].address, at[name].prefix) for name in REDIS]
    async with AsyncExitStack() as stack:
        replication = stack.enter_context(Replication(nodes))
        installation = _installation(folder, replication.url, at[DESK])
        fleet = Hosts(
            installation,
            replication,
            [_webhook_app(installation, at[name]) for name in WEBHOOK_APPS],
            [_process(installation, at[name], "worker") for name in WORKERS],
            [at[name] for name in WORKERS],
        )
        stack.push_async_callback(_stop, fleet)
        _start_object_store(installation, stack)
        address = ("127.0.0.1", int(installation.api_url.rpartition(":")[2]))
        webhook_apps = [(at[name].address, _WEBHOOK_APP_PORT) for name in WEBHOOK_APPS]
        await stack.enter_async_context(balanced(address, webhook_apps))
        await _start(fleet)
        yield fleet


def _installation(folder: Path, redis_url: str, desk: Host) -> Installation:
    port = free_port()
    settings = {
        "image_max_wait_sec": str(_PATIENCE_SECONDS),
        "log_level": "INFO",
        "api_token": API_TOKEN,
        "storage_url": "s3://bucket/team",
        "AWS_ENDPOINT_URL": f"http://{desk.address}:{port}",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }
    installation = Installation(
        folder,
        redis_url,
        "webhook",
        pace=0.5,
        chat_burst=30,
        warm=False,
        settings=settings,
        host=desk.address,
    )
    # Both fakes call from their host; without https they call only loopback.
    installation.api_url = f"http://127.0.0.1:{free_port()}"
    return installation


def _process(installation: Installation, host: Host, module: str) -> Process:
    """Create a process with a folder of its own: hosts share only what goes over the network."""
    folder = installation.folder / host.name
    folder.mkdir()
    process = installation.process(host.name, "-m", module)
    process.folder, process.prefix = folder, host.prefix
    process.environment = {**process.environment, "media_dir": str(folder / "media")}
    return process


def _webhook_app(installation: Installation, host: Host) -> Process:
    webhook_app = _process(installation, host, "webhook_app")
    where = {"api_host": host.address, "api_port": str(_WEBHOOK_APP_PORT)}
    webhook_app.environment = {**webhook_app.environment, **where}
    return webhook_app


def _start_object_store(installation: Installation, stack: AsyncExitStack) -> None:
    """https://docs.getmoto.org/en/latest/docs/server_mode.html."""
    url = installation.settings["AWS_ENDPOINT_URL"]
    port = url.rpartition(":")[2]
    arguments = ("-m", "moto.server", "-H", installation.host, "-p", port)
    store = Process("object-store", arguments, {}, installation.folder).start()
    stack.callback(store.kill)
    wait_until(lambda: status_of(url) > 0, "the object store answers")
    httpx.put(f"{url}/bucket", trust_env=False).raise_for_status()


async def _start(fleet: Hosts) -> None:
    await asyncio.to_thread(fleet.installation.start_telegram)
    for process in (fleet.installation.fal, *fleet.workers, *fleet.webhook_apps):
        process.start()
    await eventually(fleet.is_healthy, "the service is up")


async def _stop(fleet: Hosts) -> None:
    installation = fleet.installation
    for process in (*fleet.webhook_apps, *fleet.workers, installation.telegram, installation.fal):
        await asyncio.to_thread(process.kill)
