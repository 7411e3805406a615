"""The time a step has its job for: renewed while the step runs, over soon after its process has died.

It ends at a moment of Redis' clock. Renewing it adds what has passed here since it was set: no two clocks are compared.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from loguru import logger

from infra.redis.client import UNAVAILABLE
from worker.jobs.schedule import JobSchedule

LEASE_SECONDS = 15.0


@contextmanager
def hold_lease(due: JobSchedule, job_id: str, until_ms: int) -> Iterator[None]:
    """Hold a job that a step has just begun with (`JobStore.begin`), under a lease that ends then."""
    lease = _Lease(due, job_id, until_ms)
    try:
        yield
    finally:
        lease.release()


class _Lease:
    def __init__(self, due: JobSchedule, job_id: str, until_ms: int) -> None:
        self._due = due
        self._job_id = job_id
        self._until_ms = self._renewed_ms = until_ms
        self._set_at = self._renewed_at = asyncio.get_running_loop().time()
        self._renewal: asyncio.Task[None] | None = None
        self._arm()

    def release(self) -> None:
        self._timer.cancel()
        if self._renewal:
            self._renewal.cancel()

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(LEASE_SECONDS / 3, self._start_renewal)

    def _start_renewal(self) -> None:
        self._renewal = asyncio.create_task(self._renew())
        self._arm()

    async def _renew(self) -> None:
        if self._renewed_ms == self._until_ms:
            self._renewed_at = asyncio.get_running_loop().time()
            self._renewed_ms += int((self._renewed_at - self._set_at) * 1000)
        # Otherwise the last answer is missing: the same is written again, or found written.
        try:
            # Only if nobody has moved the job meanwhile.
            await self._due.renew(self._job_id, self._until_ms, self._renewed_ms)
        except UNAVAILABLE as error:
            logger.warning("job {}: its lease was not renewed: {}", self._job_id, error)
        else:
            self._until_ms, self._set_at = self._renewed_ms, self._renewed_at
