from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.settings import Settings
from tests.infra.loopback import unused_url
from tests.infra.sandbox.telegram.server import serve
from tests.person import Person, create_person
from tests.processes import TOKEN, Process
from tests.valkey import ValkeyServer
from tests.worker.generation.fal import Fal
from tests.worker.generation.image_worker import PUBLIC_URL, Worker, open_worker, order
from tests.worker.generation.lives import Life, begin
from tests.worker.generation.world import World
from worker.jobs import Job


@pytest.fixture(scope="module")
def fal_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url, folder = unused_url(), tmp_path_factory.mktemp("fal")
    place = ("--port", url.rpartition(":")[2], "--data", str(folder / "data"))
    fal = Process(
        "fal", ("-m", "infra.sandbox.fal", "--pace", "0", *place), {}, folder, warm=True
    ).start()
    try:
        fal.wait_for(f"{url}/requests")
        yield url
    finally:
        fal.stop()


@pytest.fixture(scope="module")
async def world(fal_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    settings = SandboxSettings(data=tmp_path_factory.mktemp("telegram"), token=TOKEN)
    async with serve(settings) as telegram_url, httpx.AsyncClient(trust_env=False) as http:
        yield World(http, telegram_url, fal_url)


@pytest.fixture(scope="module")
def settings(
    world: World, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    return Settings(
        _env_file=None,
        tg_bot_token=TOKEN,
        tg_api_base=world.telegram_url,
        redis_url=valkey.url,
        fal_api_key="sandbox:key",
        fal_queue_base_url=world.fal_url,
        fal_rest_base_url=world.fal_url,
        media_dir=tmp_path_factory.mktemp("media"),
    )


@pytest.fixture(scope="module")
async def next_worker(settings: Settings) -> AsyncIterator[Life]:
    async with begin(settings) as life:
        yield life


@pytest.fixture
async def person(world: World) -> AsyncIterator[Person]:
    async with await create_person(world.telegram_url, "Ben", "en") as somebody:
        yield somebody


@pytest.fixture(scope="module")
async def opened(valkey: ValkeyServer) -> AsyncIterator[Worker]:
    async with open_worker(valkey.url, Fal(), PUBLIC_URL) as worker:
        yield worker


@pytest.fixture
def worker(opened: Worker, valkey_url: str) -> Worker:
    opened.fal.begin_anew()
    return opened


@pytest.fixture
async def unreachable_worker(valkey_url: str) -> AsyncIterator[Worker]:
    """The worker of an installation without a public_url."""
    async with open_worker(valkey_url, Fal(), None) as worker:
        yield worker


@pytest.fixture
async def job(worker: Worker) -> Job:
    """Just ordered; what its submit came to, a test decides."""
    return await order(worker)


@pytest.fixture
async def running(worker: Worker, job: Job) -> Job:
    return await worker.look(await worker.submit(job))
