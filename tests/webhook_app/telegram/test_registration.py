import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from arq.connections import ArqRedis

from infra.retry import RetryPolicy
from tests.webhook_app.door import SECRET, post, serve, settings_for
from tests.webhook_app.fake_telegram import FakeTelegram, eventually, telegram
from webhook_app.telegram.connection import TelegramConnection
from webhook_app.telegram.registration import Registration

URL = "http://127.0.0.1:8000/telegram/webhook"


@pytest.fixture
async def fake(tmp_path: Path) -> AsyncIterator[FakeTelegram]:
    async with telegram(tmp_path) as served:
        yield served


async def register(
    fake: FakeTelegram, redis: ArqRedis, url: str = URL, secret: str = SECRET
) -> None:
    connection = TelegramConnection(RetryPolicy(first=0.05, longest=30))
    await Registration(fake.bot, redis, connection, url, secret).run()
    await connection.check()


async def test_the_webhook_is_set_with_secret_and_kinds(
    fake: FakeTelegram, redis: ArqRedis
) -> None:
    """Telegram learns where to deliver, how to prove itself, and what we handle."""
    await register(fake, redis)
    assert await fake.calls("setWebhook") == [
        {
            "url": URL,
            "secret_token": SECRET,
            "allowed_updates": ["message", "edited_message", "callback_query"],
        }
    ]


async def test_it_is_not_set_again_while_nothing_changed(
    fake: FakeTelegram, redis: ArqRedis
) -> None:
    """A restart, or four processes that start at once, make no further call."""
    await asyncio.gather(*(register(fake, redis) for _ in range(4)))
    await register(fake, redis)
    assert len(await fake.calls("setWebhook")) == 1


@pytest.mark.parametrize(
    "change", [{"url": "http://127.0.0.1:9000/telegram/webhook"}, {"secret": "another-secret"}]
)
async def test_it_is_set_again_when_something_changed(
    fake: FakeTelegram, redis: ArqRedis, change: dict[str, str]
) -> None:
    """A new address or a new secret has to reach Telegram."""
    await register(fake, redis)
    fake.clock.advance(2)  # Telegram takes one setWebhook a second
    await register(fake, redis, **change)
    assert len(await fake.calls("setWebhook")) == 2


async def test_it_is_set_again_when_somebody_took_it_away(
    fake: FakeTelegram, redis: ArqRedis
) -> None:
    """What counts is what Telegram says, not what we remember."""
    await register(fake, redis)
    await fake.bot.delete_webhook()
    fake.clock.advance(2)
    await register(fake, redis)
    assert (await fake.webhook())["url"] == URL


async def test_the_secret_is_not_kept_in_redis(fake: FakeTelegram, redis: ArqRedis) -> None:
    """Its fingerprint is enough to see a change."""
    await register(fake, redis)
    assert SECRET.encode() not in (await redis.get("darkroom:webhook") or b"")


async def test_the_door_is_open_while_telegram_cannot_be_told(
    fake: FakeTelegram, valkey_url: str, redis: ArqRedis
) -> None:
    """Updates are taken from the start; the registration is tried until it works."""
    await fake.fail("getWebhookInfo", 502)
    async with serve(settings_for(valkey_url, tg_api_base=fake.url)) as door:
        assert (await post(door, b'{"update_id": 1}')).status_code == 200
        await eventually(lambda: fake.calls("setWebhook"))
    assert (await fake.webhook())["url"] == URL
