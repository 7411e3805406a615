"""Partial files that killed processes have left: deleted at start and once a day."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from loguru import logger

from infra.errors import StorageError
from infra.storage.disk_errors import own_files

#: Seconds: no step writes to a file for so long.
ABANDONED_AFTER = 3600
_DAY = 24 * 3600


def remove_abandoned(folder: Path) -> int:
    """Delete the partial files that nobody writes any more; how many there were. Raises StorageError."""
    removed, newest = 0, time.time() - ABANDONED_AFTER
    with own_files():
        for path in folder.iterdir() if folder.is_dir() else ():
            # Another process may sweep the same folder.
            with suppress(FileNotFoundError):
                if path.is_file() and path.stat().st_mtime < newest:
                    path.unlink()
                    removed += 1
    return removed


@asynccontextmanager
async def swept(folder: Path) -> AsyncIterator[None]:
    """Remove what killed processes have left in a folder, now and once a day."""
    sweeping = asyncio.create_task(_sweep_daily(folder))
    try:
        yield
    finally:
        sweeping.cancel()
        await asyncio.wait([sweeping])


async def _sweep_daily(folder: Path) -> None:
    while True:
        try:
            if removed := await asyncio.to_thread(remove_abandoned, folder):
                logger.info("{} partial files of killed downloads were deleted", removed)
        except StorageError as error:
            logger.warning("partial files are not deleted yet: {}", error)
        await asyncio.sleep(_DAY)
