"""Usual duration of each model: the median of its last jobs, from submit to completion at fal."""

from statistics import median

from arq.connections import ArqRedis

KEPT = 50
# Minimum number of samples.
ENOUGH = 3


class Durations:
    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def record(self, model: str, seconds: float) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.lpush(_key(model), f"{seconds:.1f}")
            pipe.ltrim(_key(model), 0, KEPT - 1)
            await pipe.execute()

    async def usual(self, model: str) -> float | None:
        """Return seconds; None while there are too few samples."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.lrange(_key(model), 0, KEPT - 1)
            seen: list[bytes] = (await pipe.execute())[0]
        return median(map(float, seen)) if len(seen) >= ENOUGH else None


def _key(model: str) -> str:
    return f"darkroom:durations:{model}"
