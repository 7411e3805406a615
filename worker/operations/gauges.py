"""Gauges for /metrics, read by one script: in one round trip, and all of the same moment."""

import time
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from arq.connections import ArqRedis

from infra.redis.script import lua_script
from worker.jobs.migrations import move_renamed_keys
from worker.model import Kind
from worker.queues.names import Clock

QUEUES_OF_KINDS = {kind.value: kind.queue.value for kind in Kind}


@lua_script
async def read_gauges(redis: ArqRedis, *, day: str, team_daily_budget: float) -> Any:
    """Read all gauges: series and values in turn."""


class RedisGauges:
    """`team_daily_budget` (dollars) is the setting; a value of an admin takes precedence."""

    def __init__(self, redis: ArqRedis, team_daily_budget: float, clock: Clock = time.time) -> None:
        self._team_daily_budget = team_daily_budget
        self._clock = clock
        self._redis = redis

    async def read(self) -> dict[str, float]:
        """Return the values by series (infra/observability/metrics.py)."""
        day = str(datetime.fromtimestamp(self._clock(), UTC).date())
        await move_renamed_keys(self._redis)
        found = await read_gauges(self._redis, day=day, team_daily_budget=self._team_daily_budget)
        return {name.decode(): float(value) for name, value in batched(found, 2)}
