"""Edits of job messages: not more often than Telegram allows in a chat, and none there while a result has to wait.

Edits that show only how time passes are limited in all chats together, too: Telegram accepts about 30 messages a second
from a bot, and results and answers need most of them.
"""

import time

from arq.connections import ArqRedis

from worker.queues.names import Clock

# Telegram allows about one message a second in a chat and 20 a minute in a group.
PRIVATE_INTERVAL_MS = 1000
GROUP_INTERVAL_MS = 3000
# Edits a second of one queue's worker, beyond which clocks are not updated, and how many of them at once.
_CLOCKS_PER_SECOND, _CLOCKS_AT_ONCE = 10.0, 10.0


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


class ClockEdits:
    """A token bucket of this process for updates of cards that show nothing but the time; all edits count."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._tokens, self._filled_at = _CLOCKS_AT_ONCE, clock()

    def has_room(self) -> bool:
        """Return whether a card's clock may be updated now."""
        now = self._clock()
        gained = (now - self._filled_at) * _CLOCKS_PER_SECOND
        self._tokens, self._filled_at = min(_CLOCKS_AT_ONCE, self._tokens + gained), now
        return self._tokens >= 1

    def count(self) -> None:
        """Count an edit of any kind; news of jobs do not wait, so they can use up the clocks' edits."""
        self._tokens = max(0.0, self._tokens - 1)


def key_of(chat_id: int) -> str:
    return f"darkroom:edited:{chat_id}"
