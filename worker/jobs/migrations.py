"""Data of earlier versions: renamed keys, the indexes of jobs, and each user's jobs in flight.

The backfill runs from the oldest job on, a page at a time, and resumes where it stopped. Every key is listed in
docs/redis.md.
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


@lua_script
async def move_renamed_keys(redis: ArqRedis) -> Any:
    """Move what the version before has written to the names of today."""


class Backfill:
    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def run(self) -> int:
        """Move renamed keys, and process all remaining jobs; return their number."""
        await move_renamed_keys(self._redis)
        filled = 0
        while page := int(await backfill_jobs(self._redis, backfilled=BACKFILLED)):
            filled += page
        return filled
