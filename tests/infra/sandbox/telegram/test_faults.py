"""Injected faults, with aiogram and a plain client."""

import time
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import BufferedInputFile

from infra.sandbox.telegram.sandbox import SandboxSettings
from tests.infra.sandbox.telegram.conftest import TOKEN
from tests.infra.sandbox.telegram.samples import picture
from tests.infra.sandbox.telegram.server import serve
from tests.user import User

NGINX = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>\r\n"


@pytest.fixture(autouse=True)
async def no_faults_left(http: httpx.AsyncClient) -> AsyncIterator[None]:
    yield
    await http.delete("/faults")


async def order(http: httpx.AsyncClient, **fault: object) -> None:
    assert (await http.post("/faults", json=fault)).status_code == 204


async def texts(user: User) -> list[str]:
    return [message["text"] for message in await user.from_bot()]


async def statuses(http: httpx.AsyncClient, user: User) -> list[int]:
    return [
        call["status"] for call in (await http.get("/sent")).json() if call["chat_id"] == user.id
    ]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({}, TelegramServerError),
        ({"status": 429, "retry_after": 245}, TelegramRetryAfter),
        ({"status": 401}, TelegramUnauthorizedError),
        ({"status": 403, "description": "user is deactivated"}, TelegramForbiddenError),
        ({"status": 413}, TelegramEntityTooLarge),
        ({"status": 400, "migrate_to_chat_id": -1001}, TelegramMigrateToChat),
        ({"status": 502, "body": NGINX}, ClientDecodeError),
        ({"status": 200, "body": NGINX}, ClientDecodeError),
        ({"status": 200, "body": ""}, ClientDecodeError),
        ({"status": 502, "body": ""}, ClientDecodeError),
        ({"cut": True}, TelegramNetworkError),
        ({"drop": True}, TelegramNetworkError),
    ],
    ids=str,
)
@pytest.mark.parametrize("after", [False, True], ids=["instead", "after"])
async def test_fault_replaces_the_response(
    *,
    bot: Bot,
    http: httpx.AsyncClient,
    user: User,
    fault: dict[str, object],
    error: type[Exception],
    after: bool,
) -> None:
    """The call is carried out only with `after`; the next one succeeds."""
    await order(http, method="sendMessage", chat_id=user.id, after=after, **fault)
    await bot.get_me()
    with pytest.raises(error):
        await bot.send_message(user.id, "First")
    await bot.send_message(user.id, "Second")
    assert await texts(user) == (["First", "Second"] if after else ["Second"])
    assert await statuses(http, user) == [200 if after else fault.get("status", 500), 200]


async def test_own_response_is_cut(bot: Bot, http: httpx.AsyncClient, user: User) -> None:
    """With status 200 the call is carried out, and half of its own JSON arrives."""
    await order(http, method="sendMessage", status=200, cut=True)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(user.id, "Sent")
    assert await texts(user) == ["Sent"]


async def test_half_of_a_body_arrives_before_the_connection_breaks(http: httpx.AsyncClient) -> None:
    """A cut response begins like the whole one."""
    await order(http, method="getMe", status=200, cut=True)
    got = b""
    with suppress(httpx.RemoteProtocolError):
        async with http.stream("GET", f"/bot{TOKEN}/getMe") as response:
            async for piece in response.aiter_bytes():
                got += piece
    whole = (await http.get(f"/bot{TOKEN}/getMe")).content
    assert got == whole[: len(whole) // 2]


@pytest.mark.parametrize("fault", [{"status": 200}, {"status": 503}], ids=str)
async def test_response_is_delayed(http: httpx.AsyncClient, fault: dict[str, object]) -> None:
    """A call's own response, or an error, comes after the delay."""
    await order(http, method="getMe", delay=0.2, **fault)
    began = time.monotonic()
    response = await http.get(f"/bot{TOKEN}/getMe")
    assert time.monotonic() - began >= 0.2
    assert response.status_code == fault["status"]


async def test_client_that_gives_up_on_a_late_response_has_sent_its_message(
    http: httpx.AsyncClient, user: User
) -> None:
    """The call is carried out first; then its response waits."""
    await order(http, method="sendMessage", status=200, delay=30)
    message = {"chat_id": user.id, "text": "Sent"}
    with pytest.raises(httpx.ReadTimeout):
        await http.post(f"/bot{TOKEN}/sendMessage", json=message, timeout=0.2)
    assert await texts(user) == ["Sent"]


async def test_delayed_response_does_not_delay_shutdown(
    settings: SandboxSettings, http: httpx.AsyncClient
) -> None:
    """A server that stops sends waiting responses at once."""
    async with serve(settings) as address:
        await http.post(f"{address}/faults", json={"method": "getMe", "delay": 60, "status": 200})
        with pytest.raises(httpx.ReadTimeout):
            await http.get(f"{address}/bot{TOKEN}/getMe", timeout=0.1)
        began = time.monotonic()
    assert time.monotonic() - began < 10


async def test_fault_of_every_method_skips_excluded_ones(
    http: httpx.AsyncClient, user: User
) -> None:
    """`*` is every method and the downloads, except those in `exclude`."""
    await order(http, method="*", exclude=["getMe"], times=2, status=502)
    assert (await http.get(f"/bot{TOKEN}/getMe")).status_code == 200
    assert (await http.get(f"/bot{TOKEN}/getWebhookInfo")).status_code == 502
    assert (await http.get(f"/file/bot{TOKEN}/photos/x.jpg")).status_code == 502
    assert (await http.get(f"/bot{TOKEN}/getWebhookInfo")).status_code == 200


async def test_download_has_faults(bot: Bot, http: httpx.AsyncClient, user: User) -> None:
    """A download can be an error, a page, or break off; then it succeeds."""
    sent = await bot.send_photo(user.id, BufferedInputFile(picture(300, 300), "picture.png"))
    assert sent.photo
    file = await bot.get_file(sent.photo[-1].file_id)
    await order(http, method="file", status=404)
    await order(http, method="file", status=200, body=NGINX)
    await order(http, method="file", status=200, cut=True)
    path = f"/file/bot{TOKEN}/{file.file_path}"
    assert (await http.get(path)).json()["error_code"] == 404
    page = await http.get(path)
    assert (page.status_code, page.text, page.headers["content-type"]) == (
        *(200, NGINX),
        "text/html; charset=utf-8",
    )
    with pytest.raises(httpx.RemoteProtocolError):
        await http.get(path)
    assert len((await http.get(path)).content) == file.file_size


async def test_faults_are_cleared(bot: Bot, http: httpx.AsyncClient) -> None:
    """Remaining faults are removed."""
    await order(http, method="getMe", times=100)
    await http.delete("/faults")
    await bot.get_me()


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"method": "getMe", "times": 0},
        {"method": "getMe", "lunch": 1},
        {"method": "getMe", "status": 1},
    ],
    ids=str,
)
async def test_invalid_fault_is_refused(http: httpx.AsyncClient, fault: object) -> None:
    """An invalid fault is answered with the reason."""
    response = await http.post("/faults", json=fault)
    assert response.status_code == 400
    assert response.json()["detail"].startswith("Not a fault")
