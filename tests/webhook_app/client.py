"""webhook_app, served over loopback in this process, with the test's own settings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn
from arq.connections import ArqRedis

from infra.settings import Settings
from webhook_app.app import create_app
from webhook_app.server import server_config
from worker.queues.names import Clock

TOKEN = "4242424242:a-bot-token-for-the-tests-0123456789"
SECRET = "a-webhook-secret-for-the-tests"
NOBODY = "http://127.0.0.1:1"


def settings_for(redis_url: str, **changes: Any) -> Settings:
    """Webhook mode with an unreachable Telegram by default; a developer's .env is not read."""
    values = {
        "redis_url": redis_url,
        "tg_bot_token": TOKEN,
        "tg_api_base": NOBODY,
        "tg_update_mode": "webhook",
        "tg_webhook_secret": SECRET,
        "public_url": "http://127.0.0.1:8000",
        **changes,
    }
    return Settings(_env_file=None, **values)


@asynccontextmanager
async def serve(settings: Settings, clock: Clock | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """Serve it with its lifespan, as uvicorn does; the client is connected to it."""
    config = server_config(settings, create_app(settings, clock))
    config.host, config.port = "127.0.0.1", 0
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), serving.exception()
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            yield client
    finally:
        server.should_exit = True
        await serving


async def post(
    client: httpx.AsyncClient, body: bytes, secret: str = SECRET, **headers: str
) -> httpx.Response:
    """Deliver an update as Telegram does."""
    names = {
        "X-Telegram-Bot-Api-Secret-Token": secret,
        "Content-Type": "application/json",
        **headers,
    }
    # As bytes: a stranger may send any.
    encoded = {name.encode(): value.encode() for name, value in names.items()}
    return await client.post("/telegram/webhook", content=body, headers=encoded)


async def kept(redis: ArqRedis, chat: str) -> list[bytes]:
    """Return the updates in a chat's inbox."""
    async with redis.pipeline() as pipe:
        pipe.lrange(f"darkroom:inbox:{chat}", 0, -1)
        [bodies] = await pipe.execute()
    return list(bodies)
