"""The schedule: every active job of a queue by the time of its next poll.

Each operation is one script, and so one round trip. Every key is listed in docs/redis.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from arq.connections import ArqRedis

from infra.redis.paging import sum_of_pages
from infra.redis.script import Key, Values, lua_script
from worker.model import TERMINAL
from worker.queues.names import Queue, Task, definition

# Milliseconds; a step's lease is shorter.
STRAY_MS = 15_000
#: Jobs of one run: reading them takes some milliseconds, in which no result goes on.
CLAIMED = 25


@lua_script
async def claim_polls(redis: ArqRedis, *, due: Key, planned: Key, lease_ms: int, limit: int) -> Any:
    """Lease due jobs: the number of all jobs, the end of the lease, the ids."""


@lua_script
async def schedule_claimed(redis: ArqRedis, *, due: Key, lease_until: int, polls: Values) -> Any:
    """Schedule the next polls of claimed jobs: ids and milliseconds in turn."""


@lua_script
async def renew_poll_lease(
    redis: ArqRedis, *, due: Key, job_id: str, lease_until: int, renewed_until: int
) -> Any:
    """Prolong the lease of a job: 0 if it was rescheduled meanwhile."""


@lua_script
async def plan_next_track(redis: ArqRedis, *, due: Key, queue: str, track: bytes) -> Any:
    """Enqueue `track` for the earliest due time."""


@lua_script
async def schedule_poll(
    redis: ArqRedis, *, queue: str, job_id: str, wait_ms: int, track: bytes
) -> Any:
    """Schedule a job's next poll."""


@lua_script
async def unschedule_ended(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis, *, job: Key, due: Key, active: Key, job_id: str, ended: str
) -> Any:
    """Remove a job in one of these statuses (between blanks), or without a record."""


@lua_script
async def reconcile_schedule(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis, *, active: Key, due: Key, queue: str, track: bytes, cursor: str
) -> Any:
    """Schedule active jobs of a page that have no next poll: the next page's cursor, their number."""


@dataclass(frozen=True)
class Claim:
    """Jobs to poll now; after a crash they are due again when the lease expires.

    `is_full`: there may be more due jobs.
    """

    ids: tuple[str, ...]
    lease_until_ms: int
    is_full: bool = False


class JobSchedule:
    """The active jobs of one queue by the time of their next poll, on Redis' clock.

    `followed` is their number at the last claim.
    """

    def __init__(self, redis: ArqRedis, queue: Queue, lease_seconds: float = 10) -> None:
        self._redis = redis
        self._queue = queue
        self._due = f"darkroom:due:{queue}"
        self._active = f"darkroom:active:{queue}"
        self._lease_ms = int(lease_seconds * 1000)
        self.followed = 0

    async def schedule(self, job_id: str, seconds: float = 0) -> None:
        """Schedule a job's next poll in `seconds`; 0 wakes `track` at once."""
        await schedule_poll(
            self._redis,
            queue=self._queue,
            job_id=job_id,
            wait_ms=int(seconds * 1000),
            track=definition(Task.TRACK, self._queue),
        )

    async def claim(self, limit: int = CLAIMED) -> Claim:
        """Lease due jobs, those with a webhook first."""
        self.followed, lease_until, ids = await claim_polls(
            self._redis,
            due=self._due,
            planned=f"darkroom:wake:{self._queue}",
            lease_ms=self._lease_ms,
            limit=limit,
        )
        return Claim(tuple(job_id.decode() for job_id in ids), lease_until, len(ids) == limit)

    async def put_back(self, claim: Claim, waits: Mapping[str, float]) -> None:
        """Schedule the next polls of claimed jobs, in seconds, in one batch."""
        polls = [part for job_id, wait in waits.items() for part in (job_id, int(wait * 1000))]
        if polls:
            await schedule_claimed(
                self._redis, due=self._due, lease_until=claim.lease_until_ms, polls=polls
            )

    async def renew(self, job_id: str, until_ms: int, renewed_ms: int) -> bool:
        """Prolong a lease (milliseconds of Redis' clock); False if the job was rescheduled meanwhile."""
        renewed = await renew_poll_lease(
            self._redis,
            due=self._due,
            job_id=job_id,
            lease_until=until_ms,
            renewed_until=renewed_ms,
        )
        return bool(renewed)

    async def remove(self, job_id: str) -> None:
        """Remove a job that has ended or is gone."""
        await unschedule_ended(
            self._redis,
            job=f"darkroom:job:{job_id}",
            due=self._due,
            active=self._active,
            job_id=job_id,
            ended=f" {' '.join(sorted(TERMINAL))} ",
        )

    async def plan(self) -> None:
        """Enqueue `track` for the earliest due time, unless that is done already."""
        track = definition(Task.TRACK, self._queue)
        await plan_next_track(self._redis, due=self._due, queue=self._queue, track=track)

    async def reconcile(self) -> int:
        """Schedule every active job that has no next poll; return their number."""
        page = partial(
            reconcile_schedule,
            self._redis,
            active=self._active,
            due=self._due,
            queue=self._queue,
            track=definition(Task.TRACK, self._queue),
        )
        return await sum_of_pages(page)
