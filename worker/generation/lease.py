"""The time a step has its job for: renewed while the step runs, over soon after its process has died."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from loguru import logger

from infra.redis import UNAVAILABLE
from worker.due import Claim, DueSet

LEASE_SECONDS = 15.0


@contextmanager
def kept(due: DueSet, job_id: str, until: float) -> Iterator[None]:
    """Hold a job whose next look was set to `until` (seconds since the epoch) when the step began."""
    lease = _Lease(due, job_id, until)
    try:
        yield
    finally:
        lease.release()


class _Lease:
    def __init__(self, due: DueSet, job_id: str, until: float) -> None:
        self._due = due
        self._job_id = job_id
        self._until = until
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
        later = self._until + LEASE_SECONDS / 3
        claim = Claim((self._job_id,), int(self._until * 1000))
        try:
            # Only if nobody has moved the job meanwhile.
            await self._due.put_back(claim, {self._job_id: later})
            self._until = later
        except UNAVAILABLE as error:
            logger.warning("job {}: its lease was not renewed: {}", self._job_id, error)
