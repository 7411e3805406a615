"""Deletion of stored files after a number of days; jobs and messages in chats stay.

Keys contain the day, so the oldest days are found without listing the others. The next run continues after an
interruption.
"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import batched

from loguru import logger

from infra.errors import StorageError
from infra.storage.store import FOLDERS, Storage
from worker.queues.names import Clock

# Maximum number of files of one run; the next one continues.
FILES = 5000
_AT_ONCE = 500


class Retention:
    """`days` is how long files are kept; 0 keeps them forever."""

    def __init__(self, storage: Storage, days: int, clock: Clock) -> None:
        self._storage = storage
        self._days = days
        self._clock = clock

    async def run(self) -> None:
        """Delete the files of one run; if the storage is unavailable, the next run retries."""
        try:
            await self.sweep()
        except StorageError as error:
            logger.warning("storage is unavailable: old files are not deleted: {}", error)

    async def sweep(self, most: int = FILES) -> int:
        """Delete files that are too old, oldest days first; return their number. Raises StorageError."""
        if not self._days:
            return 0
        keys = [key async for key in self._outdated(most)]
        for some in batched(keys, _AT_ONCE):
            await self._storage.delete_many(some)
        if keys:
            logger.info("deleted {} files older than {} days", len(keys), self._days)
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
                    if parse_day(day) and parse_day(day) < first_kept.isoformat():
                        yield day


def parse_day(folder: str) -> str:
    """Return `2026-11-22` for `images/2026/11/22`, nothing for a folder without a date."""
    text = "-".join(folder.split("/")[1:])
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
