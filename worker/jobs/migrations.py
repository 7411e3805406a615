"""Backfill for jobs of earlier versions: the indexes, and each user's jobs in flight.

It runs from the oldest job on, a page at a time, and resumes where it stopped. Every key is listed in docs/redis.md.
"""

from typing import Any

from arq.connections import ArqRedis

from infra.redis.script import Key, lua_script

#: Key of the job up to which older jobs are indexed.
BACKFILLED = "darkroom:backfilled"
PAGE = 500
ALL_DONE = "~"  # greater than every letter of an id


@lua_script
async def backfill_jobs(redis: ArqRedis, *, backfilled: Key) -> Any:
    """Index a page of jobs: its size."""


class Backfill:
    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def run(self) -> int:
        """Process all remaining jobs; return their number."""
        filled = 0
        while page := int(await backfill_jobs(self._redis, backfilled=BACKFILLED)):
            filled += page
        return filled
