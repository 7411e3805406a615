"""Edits of job messages in a chat: not more often than Telegram allows, and none while a result has to wait."""

from arq.connections import ArqRedis

# Telegram allows about one message a second in a chat and 20 a minute in a group.
PRIVATE_INTERVAL_MS = 1000
GROUP_INTERVAL_MS = 3000


class EditLimit:
    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def take(self, chat_id: int) -> bool:
        """Take the next edit of a chat; False if it has just had one, or if edits are paused."""
        interval = PRIVATE_INTERVAL_MS if chat_id > 0 else GROUP_INTERVAL_MS
        return bool(await self._redis.set(key_of(chat_id), b"", nx=True, px=interval))

    async def pause(self, chat_id: int, seconds: float) -> None:
        """Allow no edit in a chat for this time."""
        await self._redis.set(key_of(chat_id), b"", px=int(seconds * 1000))


def key_of(chat_id: int) -> str:
    return f"darkroom:edited:{chat_id}"
