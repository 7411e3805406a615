"""Slots: a limited number of jobs is at fal, the others wait in a queue that is fair between users.

A job holds its slot until fal is done with it. A free slot goes to the user who was served least recently, to their
oldest waiting job, which is woken at once. Every key is listed in docs/redis.md.
"""

from functools import partial
from typing import Any

from arq.connections import ArqRedis

from infra.redis.paging import sum_of_pages
from infra.redis.script import lua_script
from worker.limits.limits import Limits
from worker.model import Job, Status

#: In these statuses fal has the job, may have it, or is about to get it.
HOLDING = frozenset(
    {Status.PREPARING, Status.SUBMITTING, Status.UNCONFIRMED, Status.QUEUED, Status.RUNNING}
)


@lua_script
async def count_jobs_ahead(redis: ArqRedis, *, user_id: str, queue: str, job_id: str) -> Any:
    """Count the jobs that get a slot before this one; None if it does not wait for one."""


@lua_script
async def release_job_slot(redis: ArqRedis, *, job_id: str, fal_slots: float) -> Any:
    """Release the slot of a job."""


@lua_script
async def reconcile_slots(redis: ArqRedis, *, fal_slots: float, cursor: str) -> Any:
    """Remove orphaned slots of a page, and wait-queue entries: the next page's cursor, their number."""


class Slots:
    def __init__(self, redis: ArqRedis, limits: Limits) -> None:
        self._redis = redis
        self._limits = limits

    async def ahead(self, job: Job) -> int | None:
        """Return how many jobs get a slot before this one; None if it does not wait for one."""
        answer: int | None = await count_jobs_ahead(
            self._redis, user_id=str(job.request.user_id), queue=job.queue, job_id=job.id
        )
        return answer

    async def release(self, job: Job) -> None:
        """Release the slot of a cancelled job early, although fal may have it."""
        await release_job_slot(self._redis, job_id=job.id, fal_slots=self._limits.fal_slots)

    async def reconcile(self) -> int:
        """Remove orphaned slots and queue entries, then assign free slots; return how many were removed.

        A limit that was raised at run time takes effect here.
        """
        return await sum_of_pages(
            partial(reconcile_slots, self._redis, fal_slots=self._limits.fal_slots)
        )

    async def count(self) -> tuple[int, int]:
        """Return how many jobs hold a slot and how many wait for one."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.scard("darkroom:slots")
            pipe.smembers("darkroom:waiting-users")
            held, users = await pipe.execute()
            for user in users:
                pipe.zcard(f"darkroom:wait-queue:{user.decode()}")
            return held, sum(await pipe.execute())
