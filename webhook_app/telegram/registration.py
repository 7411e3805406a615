"""Registration of the webhook at Telegram: https://core.telegram.org/bots/api#setwebhook."""

import hashlib

from arq.connections import ArqRedis
from loguru import logger

from infra.telegram.client import BotApi
from infra.telegram.registration import HANDLED_UPDATES
from webhook_app.telegram.connection import TelegramConnection

# Telegram does not return the secret, so Redis keeps a hash of the last one that was set.
_KEY = "darkroom:webhook"


class Registration:
    """Sets the webhook at start-up if something about it has changed. A lock lets one of several processes do it."""

    def __init__(
        self, bot: BotApi, redis: ArqRedis, connection: TelegramConnection, url: str, secret: str
    ) -> None:
        self._bot = bot
        self._redis = redis
        self._connection = connection
        self._url = url
        self._secret = secret

    async def run(self) -> None:
        await self._connection.retry_forever(self._register)

    async def _register(self) -> None:
        async with self._redis.lock(f"{_KEY}:lock", timeout=60):
            if not await self._is_current():
                await self._bot.set_webhook(self._url, self._secret, HANDLED_UPDATES)
                await self._redis.set(_KEY, self._fingerprint)
                logger.info("webhook set")
        self._connection.report(None)

    async def _is_current(self) -> bool:
        info = await self._bot.get_webhook_info()
        stored = await self._redis.get(_KEY)
        return (
            info.get("url") == self._url
            and set(info.get("allowed_updates", ())) == set(HANDLED_UPDATES)
            and stored == self._fingerprint
        )

    @property
    def _fingerprint(self) -> bytes:
        return hashlib.sha256(self._secret.encode()).hexdigest().encode()
