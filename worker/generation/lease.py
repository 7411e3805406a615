"""Lease of a job for a step: renewed while the step runs, expired soon after its process has died.

The end is a time of Redis' clock. A renewal adds the local time that has passed, so no two clocks are compared.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from loguru import logger

from infra.redis.client import UNAVAILABLE
from worker.jobs.schedule import JobSchedule
from worker.jobs.store import JobStore
from worker.model import Job, Status

LEASE_SECONDS = 15.0


class LeasedSteps:
    """Steps that run under a lease, so that each runs once at a time and a crashed one is found."""

    def __init__(self, jobs: JobStore, schedule: JobSchedule) -> None:
        self._jobs = jobs
        self._schedule = schedule

    @asynccontextmanager
    async def begin(
        self, job: Job, expected: Collection[Status], to: Status, **changes: Any
    ) -> AsyncIterator[Job | None]:
        """Take a step; yield the changed job under its lease, None if another run has it or it has to wait."""
        now = self._jobs.clock()
        until = await self._jobs.begin(job, expected, to, lease_seconds=LEASE_SECONDS, **changes)
        if until is None:
            yield None
            return
        lease = _Lease(self._schedule, job.id, until)
        try:
            yield job.model_copy(update={**changes, "status": to, "updated_at": now})
        finally:
            lease.release()


class _Lease:
    def __init__(self, schedule: JobSchedule, job_id: str, until_ms: int) -> None:
        self._schedule = schedule
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
            await self._schedule.renew(self._job_id, self._until_ms, self._renewed_ms)
        except UNAVAILABLE as error:
            logger.warning("lease was not renewed: job {}: {}", self._job_id, error)
        else:
            self._until_ms, self._set_at = self._renewed_ms, self._renewed_at
