"""Indexes of a user's jobs: sorted sets of ids, all with score 0, so that ids sort by time.

Every page costs the same: https://redis.io/docs/latest/commands/zrange/. The scripts that write a job update its
indexes in the same step. Every key is listed in docs/redis.md.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from arq.connections import ArqRedis

from worker.model import TERMINAL, Status


class JobIndex(StrEnum):
    """Indexes that a user can page through. `failed`: jobs that ended without a result. Short, as buttons carry it."""

    ALL = "all"
    IMAGES = "image"
    VIDEOS = "video"
    FAVOURITES = "star"
    FAILED = "failed"


WITHOUT_RESULT = TERMINAL - {Status.DONE}
_AFTER_ALL = "~"  # greater than every letter of an id


@dataclass(frozen=True)
class IndexPage:
    """Ids of one page, newest first; `position` is that of the first one, counted from 1.

    `newer` and `older` are the first ids of the adjacent pages ('' is the newest page), None if there is none.
    """

    ids: tuple[str, ...] = ()
    position: int = 1
    total: int = 0
    newer: str | None = None
    older: str | None = None


class JobIndexes:
    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def page(
        self, user_id: int, index: JobIndex, start: str = "", size: int = 6
    ) -> IndexPage:
        """Return the page that begins with the job `start`, even if it is gone; the newest page if `start` is empty."""
        return await self._page(index_key(user_id, index), start, size)

    async def children(self, job_id: str, start: str, size: int) -> IndexPage:
        """Return a page of the jobs that started from a result of this one; like `page`."""
        return await self._page(children_key(job_id), start, size)

    async def _page(self, key: str, start: str, size: int) -> IndexPage:
        newest = start or _AFTER_ALL
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.zrevrangebylex(key, f"[{newest}", "-", 0, size + 1)
            pipe.zrangebylex(key, f"({newest}", "+", 0, size)
            pipe.execute_command("ZLEXCOUNT", key, f"({newest}", "+")
            pipe.zcard(key)
            found, newer, before, total = await pipe.execute()
        if start and not found:
            return await self._page(key, "", size)
        ids = [job_id.decode() for job_id in found]
        return IndexPage(
            ids=tuple(ids[:size]),
            position=before + 1,
            total=total,
            newer=_newer_start(newer, size),
            older=ids[size] if len(ids) > size else None,
        )


def index_key(user_id: int, index: JobIndex) -> str:
    return f"darkroom:jobs:{user_id}" + ("" if index is JobIndex.ALL else f":{index}")


def children_key(job_id: str) -> str:
    """Return the key of the jobs that started from a result of this one."""
    return f"darkroom:children:{job_id}"


def smallest_index_key(user_id: int | None, statuses: Collection[Status]) -> str:
    """Return the smallest index with the jobs of a user (None: of all) in these statuses (empty: in any)."""
    if user_id is None:
        return "darkroom:jobs"
    failed = statuses and WITHOUT_RESULT.issuperset(statuses)
    return index_key(user_id, JobIndex.FAILED if failed else JobIndex.ALL)


def _newer_start(newer: list[bytes], size: int) -> str | None:
    """Return where the newer page begins; one that would not be full begins with the newest job."""
    if not newer:
        return None
    return newer[-1].decode() if len(newer) == size else ""
