from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from arq.connections import ArqRedis

from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.settings import Settings
from infra.storage.store import Storage
from infra.telegram.bot import create_bot
from tests.fal_process import run_fal
from tests.infra.loopback import unused_url
from tests.infra.sandbox.telegram.server import serve
from tests.processes import TOKEN
from tests.user import User, create_user
from tests.valkey import ValkeyServer
from tests.worker.generation.fal import Fal
from tests.worker.generation.image_worker import PUBLIC_URL, Worker, open_worker
from tests.worker.generation.image_worker import order as make_order
from tests.worker.generation.lives import Life, begin
from tests.worker.generation.ordering import Order
from tests.worker.generation.stored import Stored
from tests.worker.generation.studio import QUEUE, Studio
from tests.worker.generation.world import World
from worker.composition import compose
from worker.generation import progress
from worker.model import Job


@pytest.fixture(scope="module")
def fal_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_fal(tmp_path_factory.mktemp("fal"), "--pace", "0") as url:
        yield url


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
        fal_platform_base_url=world.fal_url,
        fal_run_base_url=world.fal_url,
        media_dir=tmp_path_factory.mktemp("media"),
    )


@pytest.fixture(scope="module")
async def next_worker(settings: Settings) -> AsyncIterator[Life]:
    async with begin(settings) as life:
        yield life


@pytest.fixture
async def user(world: World) -> AsyncIterator[User]:
    async with await create_user(world.telegram_url, "Ben", "en") as somebody:
        yield somebody


@pytest.fixture(scope="module")
async def opened(valkey: ValkeyServer) -> AsyncIterator[Worker]:
    async with open_worker(valkey.url, Fal(), PUBLIC_URL) as worker:
        yield worker


@pytest.fixture
def worker(opened: Worker, valkey_url: str) -> Worker:
    opened.fal.reset()
    return opened


@pytest.fixture
async def unreachable_worker(valkey_url: str) -> AsyncIterator[Worker]:
    """The worker of an installation without a public_url."""
    async with open_worker(valkey_url, Fal(), None) as worker:
        yield worker


@pytest.fixture
async def job(worker: Worker) -> Job:
    """A new job; the test decides the outcome of its submit."""
    return await make_order(worker)


@pytest.fixture
async def running(worker: Worker, job: Job) -> Job:
    return await worker.look(await worker.submit(job))


@pytest.fixture
async def studio(
    redis: ArqRedis, world: World, user: User, settings: Settings, tmp_path: Path
) -> AsyncIterator[Studio]:
    await user.say("/start")
    async with AsyncExitStack() as stack:
        bot = create_bot(TOKEN, world.telegram_url)
        stack.push_async_callback(bot.session.close)
        here = settings.model_copy(update={"media_dir": tmp_path / "media"})
        studio = Studio(compose(QUEUE, here, redis, stack), redis, world, user, bot, here)
        yield studio
        await studio.calm()


@pytest.fixture
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no step count as long on a slow machine: a chat allows one edit a second, and the outcome needs it."""
    monkeypatch.setattr(progress, "_MOMENT", 60)


@pytest.fixture
async def silent_studio(
    redis: ArqRedis, world: World, user: User, settings: Settings, tmp_path: Path
) -> AsyncIterator[Studio]:
    """A studio whose bot never reaches Telegram; only the worker writes to a disk."""
    nowhere = {"media_dir": tmp_path / "media", "tg_api_base": unused_url()}
    async with AsyncExitStack() as stack:
        here = settings.model_copy(update=nowhere)
        studio = Studio(compose(QUEUE, here, redis, stack), redis, world, user, None, here)
        yield studio
        await studio.calm()


@pytest.fixture
async def stored(
    world: World, settings: Settings, redis: ArqRedis, user: User, tmp_path: Path
) -> AsyncIterator[Stored]:
    """Stored results of this user that wait to be sent; Telegram's faults are reset before and after."""
    stored = Stored(world, settings, redis, user, tmp_path)
    await stored.calm()
    await user.say("/start")
    yield stored
    await stored.calm()


@pytest.fixture
def order(
    redis: ArqRedis, world: World, next_worker: Life, user: User, settings: Settings
) -> Order:
    storage = Storage.open(settings.media_dir, settings.storage_url)
    return Order(redis, world, next_worker, user, storage)
