"""Temporary files of a step."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from anyio import Path as AsyncPath

from infra.storage.disk_errors import own_files


@asynccontextmanager
async def temporary(path: Path) -> AsyncIterator[Path]:
    """Create the folder of a file, and delete the file at the end. Disk errors are raised as StorageError."""
    with own_files():
        await AsyncPath(path.parent).mkdir(parents=True, exist_ok=True)
        try:
            yield path
        finally:
            await AsyncPath(path).unlink(missing_ok=True)


@asynccontextmanager
async def until_stored(path: Path) -> AsyncIterator[None]:
    """Delete a file that the storage did not take in the end. Disk errors are raised as StorageError."""
    with own_files():
        try:
            yield
        except BaseException:
            await AsyncPath(path).unlink(missing_ok=True)
            raise
