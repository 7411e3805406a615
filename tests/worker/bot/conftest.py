from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiogram import Bot, Router
from arq.connections import ArqRedis

from infra.fal.language_model import LanguageModel
from infra.i18n import Texts
from infra.sandbox.telegram.rates import RateLimits
from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.settings import Settings
from infra.storage.store import Storage
from infra.telegram.bot import create_bot
from tests.clock import Clock
from tests.infra.sandbox.telegram.server import serve
from tests.user import User, set_privacy
from tests.worker.bot.conversation import ADMIN, TOKEN, Conversation, Localized
from worker.bot import handlers
from worker.bot.dispatcher import create_dispatcher
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import new_job_id
from worker.prompt_helper.transcription import Listener
from worker.users.store import UserStore

UNLIMITED = RateLimits(chat_burst=10_000, group_per_minute=10_000, bot_burst=100_000)


@pytest.fixture(scope="session")
def texts() -> Texts:
    return Texts()


@pytest.fixture(scope="session")
async def telegram(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """One fake for all tests: each creates its own users."""
    data = tmp_path_factory.mktemp("telegram")
    settings = SandboxSettings(data=data, token=TOKEN, limits=UNLIMITED)
    async with (
        serve(settings) as address,
        httpx.AsyncClient(base_url=address, trust_env=False) as client,
    ):
        yield client


@pytest.fixture(scope="session")
async def bot(telegram: httpx.AsyncClient) -> AsyncIterator[Bot]:
    bot = create_bot(TOKEN, str(telegram.base_url).rstrip("/"))
    yield bot
    await bot.session.close()


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None)


@pytest.fixture
def language_model() -> LanguageModel | None:
    """No prompt helper; a test that asks it has its own."""
    return None


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(tmp_path: Path) -> Storage:
    return Storage.open(tmp_path / "media", None)


@pytest.fixture(scope="session")
def routers(texts: Texts) -> tuple[Router, ...]:
    """Build the handlers once: aiogram inspects each signature again, which takes longer than most tests."""
    return handlers.setup(texts)


@pytest.fixture
def shared_routers(routers: tuple[Router, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next dispatcher take the routers of the dispatcher before it."""

    def setup(_: Texts) -> tuple[Router, ...]:
        for router in routers:
            router._parent_router = None  # noqa: SLF001 - aiogram has no way to leave a parent
        return routers

    monkeypatch.setattr(handlers, "setup", setup)


@pytest.fixture
def listener() -> Listener | None:
    """Nothing listens, as where the operator has switched voice off."""
    return None


@pytest.fixture
async def conversation(
    *,
    telegram: httpx.AsyncClient,
    bot: Bot,
    redis: ArqRedis,
    settings: Settings,
    texts: Texts,
    clock: Clock,
    files: Storage,
    listener: Listener | None,
    language_model: LanguageModel | None,
    shared_routers: None,
) -> Conversation:
    jobs = JobStore(redis, Limits.of(settings), clock, new_job_id)
    dispatcher = create_dispatcher(
        settings=settings,
        redis=redis,
        jobs=jobs,
        users=UserStore(redis),
        texts=texts,
        clock=clock,
        files=files,
        listener=listener,
        language_model=language_model,
    )
    conversation = Conversation(telegram, bot, dispatcher, jobs)
    await conversation.updates()
    return conversation


@pytest.fixture(params=["ru", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """The admin's language; a test that uses it runs once in each."""
    return str(request.param)


@pytest.fixture
def localized(language: str) -> Localized:
    """Choose, of a Russian and an English text, the one in the admin's language."""
    return lambda russian, english: {"ru": russian, "en": english}[language]


@pytest.fixture
async def admin(conversation: Conversation, language: str) -> AsyncIterator[User]:
    """The fake's first user, who stays over the tests; the settings of a test make them an admin."""
    async with User(str(conversation.telegram.base_url), ADMIN) as user:
        await conversation.enter(user, language)
        yield user


@pytest.fixture
async def without_privacy(telegram: httpx.AsyncClient) -> AsyncIterator[None]:
    """The bot gets every message of a group, mentions too."""
    await set_privacy(str(telegram.base_url), on=False)
    yield
    await set_privacy(str(telegram.base_url), on=True)


@pytest.fixture
async def anya(conversation: Conversation) -> AsyncIterator[User]:
    async with await conversation.meet("Аня", "ru") as user:
        yield user


@pytest.fixture
async def ben(conversation: Conversation) -> AsyncIterator[User]:
    async with await conversation.meet("Ben", "en") as user:
        yield user
