"""Sets of jobs that one press has ordered: their results are sent together, when the last job has ended.

The last job that ends or has its result closes the set: that decides the *album*, the jobs whose results are sent
together. The first of them sends all. A result that comes later is sent by itself.
"""

from dataclasses import dataclass
from typing import Any, Self

from arq.connections import ArqRedis

from infra.redis.script import Key, lua_script
from worker.jobs.store import JobStore
from worker.model import TERMINAL, Job, Status
from worker.queues.names import Task, definition

# Separates the jobs of a set from its album.
CLOSED = "/"
#: The result is stored and not sent.
UNSENT_RESULT = frozenset({Status.COLLECTED, Status.DELIVERING})


@lua_script
async def close_job_set(
    redis: ArqRedis, *, job_set: Key, job_id: str, queue: str, track: bytes
) -> Any:
    """Close a set unless one of its jobs is still being made: its jobs, and its album once it is closed."""


@dataclass(frozen=True)
class _Stored:
    """The ids of a set's jobs, and of its album if the set is closed."""

    jobs: tuple[str, ...]
    album: tuple[str, ...] | None

    @classmethod
    def parse(cls, stored: bytes) -> Self:
        jobs, closed, album = stored.decode().partition(CLOSED)
        return cls(tuple(jobs.split()), tuple(album.split()) if closed else None)

    def has_left(self, job: Job) -> bool:
        """Whether the job has got its result after the others were sent, or is about to."""
        if self.album is None or job.id in self.album:
            return False
        return job.status not in TERMINAL or bool(job.files)


class JobSets:
    def __init__(self, redis: ArqRedis, jobs: JobStore) -> None:
        self._redis = redis
        self._jobs = jobs

    async def members(self, job: Job) -> list[Job]:
        """Return the jobs of the set in their order, with this one as it is known; only this one if it is not in a set.

        A job whose result comes after those of the others is not in the set any more.
        """
        stored = await self._read(job)
        if stored is None or stored.has_left(job):
            return [job]
        return [
            job if each.id == job.id else each for each in await self._jobs.get_many(stored.jobs)
        ]

    async def close(self, job: Job) -> None:
        """Let the results of the set be sent if this job, which has ended, was the last one."""
        await self._close(job)

    async def sent_with(self, job: Job) -> list[Job] | None:
        """Return the jobs whose results this job sends; None while it waits for the others or another one sends it."""
        stored = await self._close(job)
        if stored is None or stored.has_left(job):
            return [job]
        if stored.album is None:
            return None
        first, *_ = album = await self._jobs.get_many(stored.album)
        if first.id == job.id:
            return [job, *(each for each in album[1:] if each.status in UNSENT_RESULT)]
        # A job that sends the others ends last.
        has_given_up = first.id != stored.album[0] or first.status in TERMINAL
        return [job] if has_given_up else None

    async def separate(self, job: Job) -> None:
        """Let each result be sent by itself."""
        stored = await self._read(job)
        if stored:
            await self._redis.set(_key(job), " ".join([*stored.jobs, CLOSED]), keepttl=True)

    async def _read(self, job: Job) -> _Stored | None:
        text = await self._redis.get(_key(job)) if job.request.job_set else None
        return _Stored.parse(text) if text else None

    async def _close(self, job: Job) -> _Stored | None:
        if not job.request.job_set:
            return None
        text = await close_job_set(
            self._redis,
            job_set=_key(job),
            job_id=job.id,
            queue=job.queue,
            track=definition(Task.TRACK, job.queue),
        )
        return _Stored.parse(text) if text else None


def _key(job: Job) -> str:
    return f"darkroom:job-set:{job.request.job_set.id}" if job.request.job_set else ""
