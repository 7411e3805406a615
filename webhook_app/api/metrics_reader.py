"""Metrics of the whole installation: counters of all processes, and gauges read from Redis."""

from arq.connections import ArqRedis
from loguru import logger

from infra.observability.metrics import Meter, read
from infra.redis.client import UNAVAILABLE, time_limit
from worker.operations.gauges import RedisGauges

# Prometheus waits 10 s by default.
_TIMEOUT_SECONDS = 5.0


class MetricsReader:
    def __init__(self, redis: ArqRedis, meter: Meter, gauges: RedisGauges) -> None:
        self._redis = redis
        self._meter = meter
        self._gauges = gauges

    async def read(self) -> dict[str, float]:
        """Return values by series; none while Redis is not available."""
        try:
            async with time_limit(_TIMEOUT_SECONDS):
                await self._meter.flush(self._redis)
                return {**await read(self._redis), **await self._gauges.read()}
        except UNAVAILABLE as error:
            logger.warning(
                "metrics are incomplete, Redis is not available: {}", type(error).__name__
            )
            return {}
