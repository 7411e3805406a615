"""Questions to fal about jobs, asked later and a limited number of times: where is a submit whose answer was lost, and
what is the bill of a job that ended without it.
"""

from collections.abc import Sequence
from typing import Any

from arq.connections import ArqRedis

from infra.redis.script import Key, Values, lua_script
from worker.model import Job
from worker.queues.names import Queue

#: fal lists a request only after it has started.
FIRST_INQUIRY_MS = 8_000
# A claim outlives every question, and every late webhook.
CLAIM_SECONDS = 7 * 24 * 3600
POSTS_SECONDS = 24 * 3600
# Longer than an inquiry takes.
_LEASE_MS = 90_000


@lua_script
async def claim_inquiries(redis: ArqRedis, *, inquiries: Key, lease_ms: int, limit: int) -> Any:
    """Lease due jobs: their ids."""


@lua_script
async def postpone_inquiry(redis: ArqRedis, *, inquiries: Key, job_id: str, wait_ms: int) -> Any:
    """Ask about a job again later, if it is still asked about."""


@lua_script
async def record_post(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis, *, job: Key, posts: Key, job_id: str, digest: str, posted_at: str
) -> Any:
    """Record what is about to be posted."""


@lua_script
async def claim_found_request(redis: ArqRedis, *, posts: Key, job_id: str, found: Values) -> Any:
    """Claim one of these requests: its id, '' if none can be this job's only."""


class Inquiries:
    def __init__(self, redis: ArqRedis, queue: Queue) -> None:
        self._redis = redis
        self._inquiries = f"darkroom:inquiries:{queue}"

    async def record_post(self, job: Job, digest: str, posted_at: float) -> None:
        """Record the digest of an input that is about to be posted."""
        await record_post(
            self._redis,
            job=f"darkroom:job:{job.id}",
            posts=_posts(digest),
            job_id=job.id,
            digest=digest,
            posted_at=str(posted_at),
        )

    async def claim(self, limit: int = 20) -> list[str]:
        """Lease the jobs that are due, so that one worker asks about each."""
        ids: list[bytes] = await claim_inquiries(
            self._redis, inquiries=self._inquiries, lease_ms=_LEASE_MS, limit=limit
        )
        return [job_id.decode() for job_id in ids]

    async def postpone(self, job_id: str, seconds: float) -> None:
        await postpone_inquiry(
            self._redis, inquiries=self._inquiries, job_id=job_id, wait_ms=int(seconds * 1000)
        )

    async def remove(self, job_id: str) -> None:
        await self._redis.zrem(self._inquiries, job_id)

    async def claim_request(self, job: Job, found: Sequence[str]) -> str | None:
        """Claim for this job the first of these requests that no other job has; None if that is not certain."""
        claimed: bytes = await claim_found_request(
            self._redis, posts=_posts(job.input_digest or ""), job_id=job.id, found=found
        )
        return claimed.decode() or None


def _posts(digest: str) -> str:
    return f"darkroom:fal-posts:{digest}"
