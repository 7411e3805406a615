import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from arq.connections import ArqRedis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.http_client import create_client
from infra.redis.client import connect
from infra.retry import RetryPolicy
from infra.telegram.client import BotApi
from infra.telegram.registration import HANDLED_UPDATES
from tests.infra.loopback import serve as serve_raw
from tests.valkey import ValkeyServer
from tests.webhook_app.client import NOBODY, TOKEN, kept, serve, settings_for
from tests.webhook_app.fake_telegram import FakeTelegram, eventually, telegram
from webhook_app.telegram.connection import TelegramConnection
from webhook_app.telegram.polling import Poller


@pytest.fixture
async def fake(tmp_path: Path) -> AsyncIterator[FakeTelegram]:
    async with telegram(tmp_path) as served:
        yield served


@asynccontextmanager
async def polling(fake: FakeTelegram, redis: ArqRedis) -> AsyncIterator[TelegramConnection]:
    """Run a poller with short waits."""
    connection = TelegramConnection(RetryPolicy(first=0.05, longest=0.2))
    task = asyncio.create_task(Poller(fake.bot, redis, connection, wait=1, lease=0.6).run())
    try:
        yield connection
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_polling_deletes_the_webhook_and_fetches_updates(
    fake: FakeTelegram, valkey_url: str, redis: ArqRedis
) -> None:
    """In polling mode webhook_app needs no public address."""
    await fake.bot.set_webhook(NOBODY, "secret", [])
    await fake.send(update_id=5, message={"chat": {"id": 1}})
    settings = settings_for(valkey_url, tg_update_mode="polling", tg_api_base=fake.url)
    async with serve(settings):
        await eventually(lambda: redis.exists("darkroom:inbox:1"))
        assert (await fake.webhook())["url"] == ""


async def test_only_handled_kinds_of_updates_are_requested(
    fake: FakeTelegram, redis: ArqRedis
) -> None:
    async with polling(fake, redis) as connection:
        await eventually(lambda: _is_well(connection))
    asked_for = (await fake.webhook())["allowed_updates"]
    assert asked_for == [*HANDLED_UPDATES]


@pytest.mark.slow
async def test_updates_are_stored_once_and_in_order(fake: FakeTelegram, redis: ArqRedis) -> None:
    """Two hundred updates, some of them repeated."""
    for number in range(1, 201):
        await fake.send(update_id=number, message={"chat": {"id": 1}})
        if number % 20 == 0:
            await fake.send(update_id=number, message={"chat": {"id": 1}})
    async with polling(fake, redis):
        await eventually(lambda: _has_stored(redis, 200))
    ids = [body.split(b",")[0] for body in await kept(redis, "1")]
    assert ids == [b'{"update_id":%d' % number for number in range(1, 201)]


async def test_update_is_confirmed_after_it_is_stored(
    fake: FakeTelegram, mortal_valkey: ValkeyServer
) -> None:
    """While Redis is down Telegram keeps the updates; afterwards all of them are stored."""
    redis = connect(mortal_valkey.url, retries=0)
    async with polling(fake, redis) as connection:
        await eventually(lambda: _is_well(connection))
        mortal_valkey.stop()
        await fake.send(update_id=9, message={"chat": {"id": 1}})
        await eventually(lambda: _has_problem(connection, "Redis is not available"))
        assert (await fake.webhook())["pending_update_count"] == 1
        mortal_valkey.start()
        await eventually(lambda: redis.exists("darkroom:inbox:1"))
        await eventually(lambda: _nothing_pending(fake))
    await redis.aclose(close_connection_pool=True)


async def test_only_one_process_polls(fake: FakeTelegram, redis: ArqRedis) -> None:
    """Both are healthy; when the first stops, the second takes over within the lease's time."""
    async with polling(fake, redis) as first:
        await eventually(lambda: _is_well(first))
        async with polling(fake, redis) as second:
            await eventually(lambda: _is_well(second))
            assert len(await fake.calls("deleteWebhook")) == 1
            await redis.set("darkroom:poller", "somebody else", px=300)  # the first one loses it
            await eventually(lambda: _has_called(fake, "deleteWebhook", 2))


async def test_stopped_poller_releases_its_lease(fake: FakeTelegram, redis: ArqRedis) -> None:
    """The next process starts at once, and the long poll is cancelled."""
    async with polling(fake, redis) as connection:
        await eventually(lambda: _is_well(connection))
        started = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - started < 0.5
    assert not await redis.exists("darkroom:poller")


async def test_conflict_with_another_poller_is_reported(
    fake: FakeTelegram, redis: ArqRedis
) -> None:
    """Telegram's 409 becomes a sentence that says what to stop, and polling continues by itself."""
    await fake.fail("getUpdates", 409, description="Conflict")
    async with polling(fake, redis) as connection:
        await eventually(lambda: _has_problem(connection, "Another process polls with this token"))
        await eventually(lambda: _is_well(connection))
    assert len(await fake.calls("deleteWebhook")) == 2


@pytest.mark.slow
async def test_retry_after_is_respected(fake: FakeTelegram, redis: ArqRedis) -> None:
    """The poller waits the seconds that Telegram's 429 names, plus at most half of them as jitter."""
    await fake.fail("getUpdates", 429, retry_after=1)
    async with polling(fake, redis) as connection:
        started = asyncio.get_running_loop().time()
        await eventually(lambda: _is_well(connection))
        assert 1 <= asyncio.get_running_loop().time() - started < 2.5


@pytest.mark.slow
@pytest.mark.parametrize("status", [500, 502])
async def test_server_error_is_retried(fake: FakeTelegram, redis: ArqRedis, status: int) -> None:
    """The error is reported while it lasts."""
    await fake.fail("getUpdates", status)
    async with polling(fake, redis) as connection:
        await eventually(lambda: _has_problem(connection, "Telegram"))
        await eventually(lambda: _is_well(connection))


@pytest.mark.parametrize(
    "bad",
    [
        rb'{"update_id":6,"message":{"chat":{"id":1},"text":"\ud800"}}',
        b'{"update_id":6,"message":{"chat":{"id":1},"number":' + b"9" * 5000 + b"}}",
        b'{"update_id":6,"deep":' + b"[" * 1500 + b"]" * 1500 + b"}",
        b'{"update_id":6,"message":"\xff"}',
    ],
    ids=["lone surrogate", "5000 digits", "1500 levels", "no UTF-8"],
)
async def test_unreadable_update_does_not_block_others(redis: ArqRedis, bad: bytes) -> None:
    """Its bytes are stored as a dead letter, the others are enqueued, and the offset moves past it."""
    good = [b'{"update_id":%d,"message":{"chat":{"id":1}}}' % number for number in (5, 7)]
    waiting = {5: good[0], 6: bad, 7: good[1]}
    offsets: list[int | None] = []

    async def get_updates(request: Request) -> Response:
        offset = (await request.json()).get("offset")
        offsets.append(offset)
        left = [body for number, body in waiting.items() if number >= (offset or 0)]
        await asyncio.sleep(0 if left else 0.05)
        return Response(b'{"ok":true,"result":[%b]}' % b",".join(left))

    async def agree(_: Request) -> Response:
        return JSONResponse({"ok": True, "result": True})

    root = f"/bot{TOKEN}"
    app = Starlette(
        routes=[
            Route(f"{root}/getUpdates", get_updates, methods=["POST"]),
            Route(f"{root}/deleteWebhook", agree, methods=["POST"]),
        ]
    )
    async with serve_raw(app) as url, create_client() as http:
        connection = TelegramConnection(RetryPolicy(first=0.05, longest=0.2))
        poller = Poller(BotApi(http, url, TOKEN), redis, connection, wait=1, lease=0.6)
        task = asyncio.create_task(poller.run())
        await eventually(lambda: _reaches(offsets, 8))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await kept(redis, "1") == good
    assert await kept(redis, "unreadable") == [bad]


async def _reaches(offsets: list[int | None], offset: int) -> bool:
    return offset in offsets


async def _has_stored(redis: ArqRedis, number: int) -> bool:
    return len(await kept(redis, "1")) == number


async def _has_called(fake: FakeTelegram, method: str, times: int) -> bool:
    return len(await fake.calls(method)) == times


async def _nothing_pending(fake: FakeTelegram) -> bool:
    return bool((await fake.webhook())["pending_update_count"] == 0)


async def _is_well(connection: TelegramConnection) -> bool:
    return connection.problem is None


async def _has_problem(connection: TelegramConnection, words: str) -> bool:
    return words in (connection.problem or "")
