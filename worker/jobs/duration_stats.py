"""How long each model's last jobs took, from submit to completion at fal."""

import math
import time
from statistics import median

from arq.connections import ArqRedis

from worker.queues.names import Clock

KEPT = 50
# Minimum number of samples.
ENOUGH = 3
# Seconds for which this process uses what it read last: every poll needs the samples of its model.
_FRESH = 5


class Durations:
    def __init__(self, redis: ArqRedis, clock: Clock = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._read: dict[str, tuple[float, tuple[float, ...]]] = {}

    async def record(self, model: str, seconds: float) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.lpush(_key(model), f"{seconds:.3f}")
            pipe.ltrim(_key(model), 0, KEPT - 1)
            await pipe.execute()
        self._read.pop(model, None)

    async def samples(self, model: str) -> tuple[float, ...]:
        """Return the seconds of the last jobs in ascending order, as of some seconds ago; empty if they are too few."""
        now = self._clock()
        read_at, samples = self._read.get(model, (now, None))
        if samples is None or now - read_at > _FRESH:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.lrange(_key(model), 0, KEPT - 1)
                seen: list[bytes] = (await pipe.execute())[0]
            # A clock that was set back makes a job end before its submit.
            known = sorted(seconds for seconds in map(float, seen) if 0 <= seconds < math.inf)
            samples = tuple(known) if len(known) >= ENOUGH else ()
            self._read[model] = now, samples
        return samples

    async def usual(self, model: str) -> float | None:
        """Return the median in seconds; None while there are too few samples."""
        samples = await self.samples(model)
        return median(samples) if samples else None


def _key(model: str) -> str:
    return f"darkroom:durations:{model}"
