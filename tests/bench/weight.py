"""The size of finished jobs in Redis: https://valkey.io/commands/memory-usage/."""

import re
import statistics
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from redis import Redis

from tests.bench.figures import number
from tests.bench.result import Table

_SAMPLE = 200
#: These keys expire (docs/redis.md).
_PASSING = ("darkroom:origin", "darkroom:seen", "darkroom:message", "darkroom:fal-webhook")
# Ids of jobs and users are replaced by placeholders.
_ID = re.compile(r":(\d{6,}|[0-9a-z]{16}|copy|\d{4}-\d\d-\d\d)(?=:|$).*")


@dataclass(frozen=True)
class Weight:
    """Bytes for one job: Redis' growth, and the size of the keys by kind."""

    whole: float
    kinds: Mapping[str, float]

    @property
    def kept(self) -> float:
        return self.whole - sum(n for kind, n in self.kinds.items() if kind.startswith(_PASSING))

    def table(self) -> Table:
        heavy = sorted(self.kinds.items(), key=lambda item: -item[1])
        rows = [
            [f"`{kind}`" + (" (expires)" if kind.startswith(_PASSING) else ""), number(n)]
            for kind, n in heavy
            if n >= 1
        ]
        return Table(head=["keys", "bytes per job"], rows=[*rows, ["total", number(self.whole)]])


def used(redis: Redis) -> int:
    """Return the bytes of data."""
    return int(cast(dict[str, int], redis.info("memory"))["used_memory_dataset"])


def weigh(redis: Redis, empty: int, jobs: int) -> Weight:
    """Compare with `empty`, the bytes before the jobs."""
    kinds: dict[str, list[bytes]] = defaultdict(list)
    for key in redis.scan_iter(count=5000):
        kinds[_ID.sub("", key.decode())].append(key)
    return Weight(
        (used(redis) - empty) / jobs,
        {kind: _weigh(redis, keys) / jobs for kind, keys in kinds.items()},
    )


def _weigh(redis: Redis, keys: list[bytes]) -> float:
    every = max(1, len(keys) // _SAMPLE)
    sizes = [cast(int, redis.memory_usage(key.decode(), 0)) for key in keys[::every]]
    return statistics.mean(sizes) * len(keys)
