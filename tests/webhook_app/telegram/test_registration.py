import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from arq.connections import ArqRedis

from infra.retry import RetryPolicy
from infra.telegram.registration import HANDLED_UPDATES
from tests.webhook_app.client import SECRET, post, serve, settings_for
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


async def test_webhook_is_registered_with_secret_and_kinds(
    fake: FakeTelegram, redis: ArqRedis
) -> None:
    """Telegram gets the address, the secret and the kinds of updates that we handle."""
    await register(fake, redis)
    assert await fake.calls("setWebhook") == [
        {
            "url": URL,
            "secret_token": SECRET,
            "allowed_updates": [*HANDLED_UPDATES],
        }
    ]


async def test_unchanged_webhook_is_not_registered_again(
    fake: FakeTelegram, redis: ArqRedis
) -> None:
    """A restart, or four processes that start at once, make no further call."""
    await asyncio.gather(*(register(fake, redis) for _ in range(4)))
    await register(fake, redis)
    assert len(await fake.calls("setWebhook")) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "change", [{"url": "http://127.0.0.1:9000/telegram/webhook"}, {"secret": "another-secret"}]
)
async def test_changed_webhook_is_registered_again(
    fake: FakeTelegram, redis: ArqRedis, change: dict[str, str]
) -> None:
    """Telegram must get a new address or a new secret."""
    await register(fake, redis)
    fake.clock.advance(2)  # Telegram accepts one setWebhook a second
    await register(fake, redis, **change)
    assert len(await fake.calls("setWebhook")) == 2


async def test_deleted_webhook_is_registered_again(fake: FakeTelegram, redis: ArqRedis) -> None:
    """Telegram's state counts, not the one that we remember."""
    await register(fake, redis)
    await fake.bot.delete_webhook()
    fake.clock.advance(2)
    await register(fake, redis)
    assert (await fake.webhook())["url"] == URL


async def test_secret_is_not_stored_in_redis(fake: FakeTelegram, redis: ArqRedis) -> None:
    """Its fingerprint is enough to detect a change."""
    await register(fake, redis)
    assert SECRET.encode() not in (await redis.get("darkroom:webhook") or b"")


@pytest.mark.slow
async def test_updates_are_accepted_before_the_registration_works(
    fake: FakeTelegram, valkey_url: str, redis: ArqRedis
) -> None:
    """webhook_app accepts updates from the start and retries the registration."""
    await fake.fail("getWebhookInfo", 502)
    async with serve(settings_for(valkey_url, tg_api_base=fake.url)) as client:
        assert (await post(client, b'{"update_id": 1}')).status_code == 200
        await eventually(lambda: fake.calls("setWebhook"))
    assert (await fake.webhook())["url"] == URL
