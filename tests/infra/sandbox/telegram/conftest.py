from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from infra.sandbox.telegram.rates import RateLimits
from infra.sandbox.telegram.sandbox import SandboxSettings
from tests.infra.sandbox.telegram.server import serve
from tests.person import Person

TOKEN = "424242:sandbox"


@pytest.fixture
def settings(tmp_path: Path) -> SandboxSettings:
    return SandboxSettings(
        data=tmp_path,
        token=TOKEN,
        webhook_retry_scale=0.01,
        limits=RateLimits(chat_burst=100, bot_burst=1000, webhook_per_second=1000),
    )


@pytest.fixture
async def telegram(settings: SandboxSettings) -> AsyncIterator[str]:
    async with serve(settings) as address:
        yield address


@pytest.fixture
async def http(telegram: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=telegram, trust_env=False) as client:
        yield client


@pytest.fixture
async def bot(telegram: str) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram))
    async with Bot(TOKEN, session=session) as bot:
        yield bot


@pytest.fixture
async def stranger(telegram: str) -> AsyncIterator[Person]:
    """Somebody who has not written to the bot."""
    async with Person(telegram) as person:
        yield person


@pytest.fixture
async def person(stranger: Person) -> Person:
    """Somebody who has written to the bot, so that it may answer."""
    await stranger.say("/start")
    return stranger
