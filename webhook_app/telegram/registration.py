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
        self._fingerprint = hashlib.sha256(secret.encode()).hexdigest().encode()

    async def run(self) -> None:
        async def register() -> None:
            async with self._redis.lock(f"{_KEY}:lock", timeout=60):
                info = await self._bot.get_webhook_info()
                is_current = (
                    await self._redis.get(_KEY) == self._fingerprint
                    and info.get("url") == self._url
                    and set(info.get("allowed_updates", ())) == set(HANDLED_UPDATES)
                )
                if not is_current:
                    await self._bot.set_webhook(self._url, self._secret, HANDLED_UPDATES)
                    await self._redis.set(_KEY, self._fingerprint)
                    logger.info("webhook set")
            self._connection.report(None)

        await self._connection.retry_forever(register)
