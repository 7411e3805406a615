import asyncio
import json
import traceback
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from infra.http_client import create_client
from infra.light_http_client import create_light_client
from infra.telegram import client
from infra.telegram.client import BotApi
from infra.telegram.errors import AnswerTooLarge, TelegramError, TelegramUnreachable
from tests.infra.loopback import serve, unused_url

TOKEN = "4242424242:a-bot-token-for-the-tests-0123456789"


async def echo(request: Request) -> Response:
    """Answer each method with its parameters, or with the problem that it is named after."""
    method = request.path_params["method"]
    if method == "getMe":
        return PlainTextResponse("<html>a proxy's error page</html>", 502)
    if method == "deleteWebhook":
        parameters = {"retry_after": 3}
        return JSONResponse(
            {"ok": False, "error_code": 429, "description": "Slow", "parameters": parameters}, 429
        )
    if method == "getWebhookInfo":
        return JSONResponse(["not", "an", "answer"])
    return JSONResponse({"ok": True, "result": [await request.json()]})


@pytest.fixture(params=[create_client, create_light_client])
async def http(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    async with request.param() as client:
        yield client


@pytest.fixture
async def bot(http: httpx.AsyncClient) -> AsyncIterator[BotApi]:
    app = Starlette(routes=[Route(f"/bot{TOKEN}/{{method}}", echo, methods=["POST"])])
    async with serve(app) as url:
        yield BotApi(http, url, TOKEN)


async def test_omitted_parameters_are_not_sent(bot: BotApi) -> None:
    """An offset of null would be a value."""
    [sent] = await bot.get_updates(None, 0, ["message"])
    assert json.loads(sent) == {"timeout": 0, "allowed_updates": ["message"], "limit": 100}
    [sent] = await bot.get_updates(5, 0, ["message"])
    assert json.loads(sent)["offset"] == 5


async def test_refusal_has_code_and_wait(bot: BotApi) -> None:
    """The caller gets the seconds to wait."""
    with pytest.raises(TelegramError, match="Telegram refused deleteWebhook: 429 Slow") as caught:
        await bot.delete_webhook()
    assert (caught.value.code, caught.value.retry_after) == (429, 3)


async def test_foreign_response_counts_as_none(bot: BotApi) -> None:
    """A proxy has its own pages, and other servers their own JSON."""
    with pytest.raises(TelegramUnreachable, match="HTTP 502 that is not from Telegram"):
        await bot.get_me()
    with pytest.raises(TelegramUnreachable, match="the result is not an object"):
        await bot.get_webhook_info()


@pytest.mark.parametrize("base", ["", "http://[", "ftp://127.0.0.1"], ids=["unused", "no", "ftp"])
async def test_no_error_shows_the_token(http: httpx.AsyncClient, base: str) -> None:
    """Neither the text nor the traceback has it, although the token is part of the URL."""
    base = base or unused_url()
    with pytest.raises(TelegramUnreachable) as caught:
        await BotApi(http, base, TOKEN).get_me()
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


async def test_oversized_or_slow_response_is_given_up(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither fills the memory nor blocks the caller; a too large one suggests fewer updates per poll."""

    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1000
            await asyncio.sleep(0.05)

    async def large(_: Request) -> Response:
        return Response(b" " * 5000)

    async def slow(_: Request) -> Response:
        return StreamingResponse(drip())

    monkeypatch.setattr(client, "MAX_ANSWER", 4000)
    routes = [
        Route(f"/bot{TOKEN}/getUpdates", large, methods=["POST"]),
        Route(f"/bot{TOKEN}/getFile", slow, methods=["POST"]),
    ]
    async with serve(Starlette(routes=routes)) as url:
        bot = BotApi(http, url, TOKEN)
        with pytest.raises(AnswerTooLarge):
            await bot.get_updates(None, 0, [])
        monkeypatch.setattr(client, "MAX_ANSWER", 10**9)
        with pytest.raises(TelegramUnreachable, match="TimeoutError"):
            await bot._call("getFile", timeout_seconds=0.3)  # noqa: SLF001 - the default timeout is longer than a test


async def test_deeply_nested_response_counts_as_none(http: httpx.AsyncClient) -> None:
    """It is Telegram's problem, not a bug of ours."""

    async def deep(_: Request) -> Response:
        return Response(b"[" * 100_000)

    app = Starlette(routes=[Route(f"/bot{TOKEN}/getMe", deep, methods=["POST"])])
    async with serve(app) as url:
        with pytest.raises(TelegramUnreachable):
            await BotApi(http, url, TOKEN).get_me()
