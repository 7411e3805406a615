from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from aiogram import Bot

from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.telegram.bot import create_bot
from tests.infra.sandbox.telegram.server import serve
from tests.user import User

TOKEN = "424242:sandbox-token-for-the-bot"

type Disturb = Callable[..., Awaitable[None]]


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[str]:
    async with serve(SandboxSettings(data=tmp_path, token=TOKEN)) as address:
        yield address


@pytest.fixture
async def bot(telegram: str) -> AsyncIterator[Bot]:
    bot = create_bot(TOKEN, telegram)
    yield bot
    await bot.session.close()


@pytest.fixture
async def user(telegram: str) -> AsyncIterator[User]:
    async with User(telegram) as user:
        await user.say("/start")
        yield user


@pytest.fixture
def disturb(telegram: str) -> Disturb:
    async def disturb(method: str, **fault: object) -> None:
        async with httpx.AsyncClient(base_url=telegram, trust_env=False) as client:
            await client.post("/faults", json={"method": method, **fault})

    return disturb
