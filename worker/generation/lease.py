"""Lease of a job for a step: renewed while the step runs, expired soon after its process has died.

The end is a time of Redis' clock. A renewal adds the local time that has passed, so no two clocks are compared.
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
    """Renew the lease that a step has got from `JobStore.begin` and that ends at `until_ms`."""
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
        # Otherwise the last reply was lost: the same value is written again, or found.
        try:
            # No effect if the job was rescheduled meanwhile.
            await self._due.renew(self._job_id, self._until_ms, self._renewed_ms)
        except UNAVAILABLE as error:
            logger.warning("lease was not renewed: job {}: {}", self._job_id, error)
        else:
            self._until_ms, self._set_at = self._renewed_ms, self._renewed_at
