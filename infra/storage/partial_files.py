"""Removal of partial files of killed processes, at start and once a day."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from loguru import logger

from infra.errors import StorageError
from infra.process.background import in_background
from infra.storage.disk_errors import own_files

#: Seconds; no step writes to a file for longer.
ABANDONED_AFTER = 3600
_DAY = 24 * 3600


def remove_abandoned(folder: Path) -> int:
    """Delete abandoned partial files and return their number. Raises StorageError."""
    removed, newest = 0, time.time() - ABANDONED_AFTER
    with own_files():
        for path in folder.iterdir() if folder.is_dir() else ():
            # Another process may clean the same folder.
            with suppress(FileNotFoundError):
                if path.is_file() and path.stat().st_mtime < newest:
                    path.unlink()
                    removed += 1
    return removed


@asynccontextmanager
async def swept(folder: Path) -> AsyncIterator[None]:
    """Remove abandoned partial files in a folder, now and once a day until exit."""

    async def sweep_daily() -> None:
        while True:
            try:
                if removed := await asyncio.to_thread(remove_abandoned, folder):
                    logger.info("deleted {} partial files of killed downloads", removed)
            except StorageError as error:
                logger.warning("partial files not deleted: {}", error)
            await asyncio.sleep(_DAY)

    async with in_background(sweep_daily()):
        yield
