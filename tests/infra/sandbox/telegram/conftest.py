from collections.abc import AsyncIterator

import httpx
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from infra.sandbox.telegram.rates import RateLimits
from infra.sandbox.telegram.sandbox import SandboxSettings
from tests.infra.sandbox.telegram.server import serve
from tests.user import User, create_user

TOKEN = "424242:sandbox"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> SandboxSettings:
    return SandboxSettings(
        data=tmp_path_factory.mktemp("telegram"),
        token=TOKEN,
        webhook_retry_scale=0.01,
        limits=RateLimits(
            chat_burst=100, bot_burst=1000, bot_per_second=1000, webhook_per_second=1000
        ),
    )


@pytest.fixture(scope="module")
async def telegram(settings: SandboxSettings) -> AsyncIterator[str]:
    """Return the fake's base URL, shared by a module; each test has its own user."""
    async with serve(settings) as address:
        yield address


@pytest.fixture(scope="module")
async def http(telegram: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=telegram, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
async def bot(telegram: str) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram))
    async with Bot(TOKEN, session=session) as bot:
        yield bot


@pytest.fixture
async def stranger(telegram: str) -> AsyncIterator[User]:
    """A user who has not written to the bot."""
    async with await create_user(telegram, "Оля") as user:
        yield user


@pytest.fixture
async def user(stranger: User) -> User:
    """A user who has written to the bot, so that it may answer."""
    await stranger.say("/start")
    return stranger


@pytest.fixture
async def fresh_bot(bot: Bot, http: httpx.AsyncClient) -> AsyncIterator[Bot]:
    """The bot without a webhook, with nothing pending and the default kinds of update."""
    await bot.delete_webhook(drop_pending_updates=True)
    await bot.get_updates(allowed_updates=[])
    await http.delete("/faults")
    yield bot
    await bot.delete_webhook(drop_pending_updates=True)
