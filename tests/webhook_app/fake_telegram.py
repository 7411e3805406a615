"""The fake Telegram, served in this process, and what tests need of its users' side."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from infra.http_client import create_client
from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.telegram.client import BotApi
from tests.clock import Clock
from tests.infra.sandbox.telegram.server import serve
from tests.webhook_app.client import TOKEN


@dataclass(frozen=True)
class FakeTelegram:
    url: str
    bot: BotApi
    users: httpx.AsyncClient
    clock: Clock

    async def send(self, **update: Any) -> None:
        """Queue an update for the bot."""
        answer = await self.users.post("/updates", json=update)
        assert answer.status_code == 202, answer.text

    async def fail(self, method: str, status: int, **fault: Any) -> None:
        """Refuse the next call of this method."""
        fault = {"method": method, "status": status, "times": 1, **fault}
        assert (await self.users.post("/faults", json=fault)).is_success

    async def webhook(self) -> dict[str, Any]:
        info: dict[str, Any] = (await self.users.get("/webhook")).json()
        return info

    async def calls(self, method: str) -> list[dict[str, Any]]:
        """Return the parameters of the bot's calls so far."""
        sent = (await self.users.get("/sent")).json()
        return [call["parameters"] for call in sent if call["method"] == method]


@asynccontextmanager
async def telegram(folder: Path) -> AsyncIterator[FakeTelegram]:
    clock = Clock(time.time())
    settings = SandboxSettings(data=folder, token=TOKEN, clock=clock)
    async with (
        serve(settings) as url,
        create_client() as http,
        httpx.AsyncClient(base_url=url) as users,
    ):
        yield FakeTelegram(url, BotApi(http, url, TOKEN), users, clock)


async def eventually(what: Callable[[], Awaitable[object]], seconds: float = 5) -> None:
    """Wait until an async condition holds."""
    async with asyncio.timeout(seconds):
        while True:
            if await what():
                return
            await asyncio.sleep(0.01)
