"""Files that are older than an operator wants them kept: gone from the storage; their jobs and what chats show stay.

Keys begin with the day, so that the oldest days are found without listing the others; a run that is ended goes on
with what is left of them.
"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import batched

from loguru import logger

from infra.errors import StorageError
from infra.storage.store import FOLDERS, Storage
from worker.queues.names import Clock

# What one run deletes at the most; the next one goes on.
FILES = 5000
_AT_ONCE = 500


class Retention:
    """`days` is how long files are kept; 0 is for ever."""

    def __init__(self, storage: Storage, days: int, clock: Clock) -> None:
        self._storage = storage
        self._days = days
        self._clock = clock

    async def run(self) -> None:
        """Sweep as far as one run may; a storage that is away is left to the next."""
        try:
            await self.sweep()
        except StorageError as error:
            logger.warning("old files are not deleted yet: {}", error)

    async def sweep(self, most: int = FILES) -> int:
        """Delete what is too old, oldest days first; how many files that were. Raises StorageError."""
        if not self._days:
            return 0
        keys = [key async for key in self._outdated(most)]
        for some in batched(keys, _AT_ONCE):
            await self._storage.delete_many(some)
        if keys:
            logger.info("{} files of more than {} days were deleted", len(keys), self._days)
        return len(keys)

    async def _outdated(self, most: int) -> AsyncIterator[str]:
        first_kept = datetime.fromtimestamp(self._clock(), UTC).date() - timedelta(days=self._days)
        found = 0
        for kind in FOLDERS:
            async for day in self._days_before(kind, first_kept):
                async for file in self._storage.files(day):
                    if found == most:
                        return
                    found += 1
                    yield file.key

    async def _days_before(self, kind: str, first_kept: date) -> AsyncIterator[str]:
        for year in await self._storage.folders(kind):
            for month in await self._storage.folders(year):
                for day in await self._storage.folders(month):
                    if _day(day) and _day(day) < first_kept.isoformat():
                        yield day


def _day(folder: str) -> str:
    """`2026-11-22` of `images/2026/11/22`; nothing of what is none."""
    text = "-".join(folder.split("/")[1:])
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
