"""The figures of the whole installation, whichever process has them."""

from arq.connections import ArqRedis
from loguru import logger

from infra.observability.metrics import Meter, read
from infra.redis.client import UNAVAILABLE, time_limit
from worker.operations.gauges import Snapshot

# Prometheus waits 10 s by default.
_PATIENCE = 5.0


class Numbers:
    """What all processes have counted, and how much there is of everything now."""

    def __init__(self, redis: ArqRedis, meter: Meter, snapshot: Snapshot) -> None:
        self._redis = redis
        self._meter = meter
        self._snapshot = snapshot

    async def read(self) -> dict[str, float]:
        """By series; nothing while Redis is away."""
        try:
            async with time_limit(_PATIENCE):
                await self._meter.flush(self._redis)
                return {**await read(self._redis), **await self._snapshot.read()}
        except UNAVAILABLE as error:
            logger.warning("Metrics without Redis say little: {}", type(error).__name__)
            return {}
