import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from arq.connections import ArqRedis

from infra.retry import RetryPolicy
from tests.webhook_app.door import SECRET, knock, serve, settings_for
from tests.webhook_app.stand_in import StandIn, eventually, telegram
from webhook_app.telegram.connection import TelegramLink
from webhook_app.telegram.registration import Registration

URL = "http://127.0.0.1:8000/telegram/webhook"


@pytest.fixture
async def stand_in(tmp_path: Path) -> AsyncIterator[StandIn]:
    async with telegram(tmp_path) as served:
        yield served


async def register(
    stand_in: StandIn, redis: ArqRedis, url: str = URL, secret: str = SECRET
) -> None:
    link = TelegramLink(RetryPolicy(first=0.05, longest=30))
    await Registration(stand_in.bot, redis, link, url, secret).run()
    await link.check()


async def test_the_webhook_is_set_with_secret_and_kinds(stand_in: StandIn, redis: ArqRedis) -> None:
    """Telegram learns where to deliver, how to prove itself, and what we handle."""
    await register(stand_in, redis)
    assert await stand_in.calls("setWebhook") == [
        {
            "url": URL,
            "secret_token": SECRET,
            "allowed_updates": ["message", "edited_message", "callback_query"],
        }
    ]


async def test_it_is_not_set_again_while_nothing_changed(
    stand_in: StandIn, redis: ArqRedis
) -> None:
    """A restart, or four processes that start at once, make no further call."""
    await asyncio.gather(*(register(stand_in, redis) for _ in range(4)))
    await register(stand_in, redis)
    assert len(await stand_in.calls("setWebhook")) == 1


@pytest.mark.parametrize(
    "change", [{"url": "http://127.0.0.1:9000/telegram/webhook"}, {"secret": "another-secret"}]
)
async def test_it_is_set_again_when_something_changed(
    stand_in: StandIn, redis: ArqRedis, change: dict[str, str]
) -> None:
    """A new address or a new secret has to reach Telegram."""
    await register(stand_in, redis)
    stand_in.clock.advance(2)  # Telegram takes one setWebhook a second
    await register(stand_in, redis, **change)
    assert len(await stand_in.calls("setWebhook")) == 2


async def test_it_is_set_again_when_somebody_took_it_away(
    stand_in: StandIn, redis: ArqRedis
) -> None:
    """What counts is what Telegram says, not what we remember."""
    await register(stand_in, redis)
    await stand_in.bot.delete_webhook()
    stand_in.clock.advance(2)
    await register(stand_in, redis)
    assert (await stand_in.webhook())["url"] == URL


async def test_the_secret_is_not_kept_in_redis(stand_in: StandIn, redis: ArqRedis) -> None:
    """Its fingerprint is enough to see a change."""
    await register(stand_in, redis)
    assert SECRET.encode() not in (await redis.get("darkroom:webhook") or b"")


async def test_the_door_is_open_while_telegram_cannot_be_told(
    stand_in: StandIn, valkey_url: str, redis: ArqRedis
) -> None:
    """Updates are taken from the start; the registration is tried until it works."""
    await stand_in.fail("getWebhookInfo", 502)
    async with serve(settings_for(valkey_url, tg_api_base=stand_in.url)) as door:
        assert (await knock(door, b'{"update_id": 1}')).status_code == 200
        await eventually(lambda: stand_in.calls("setWebhook"))
    assert (await stand_in.webhook())["url"] == URL
