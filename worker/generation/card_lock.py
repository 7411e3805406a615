"""One edit of a card at a time, because the order of two concurrent edits is unknown."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from arq.connections import ArqRedis

from infra.telegram.outcomes import Postponed

# An edit has ended by then (infra/telegram/bot.py, TIMEOUT), even if its process was killed.
CARD_LOCK_MS = 22_000


class EditInProgress(Postponed):
    def __init__(self) -> None:
        super().__init__(1)


class CardLock:
    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    @asynccontextmanager
    async def hold(self, job_id: str) -> AsyncIterator[None]:
        """Hold the lock of a job's card; raise EditInProgress if it is held."""
        key = f"darkroom:card:{job_id}"
        if not await self._redis.set(key, b"", nx=True, px=CARD_LOCK_MS):
            raise EditInProgress
        try:
            yield
        finally:
            await self._redis.delete(key)
