"""Files on their way through a step."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from anyio import Path as AsyncPath

from infra.storage.disk_errors import own_files


@asynccontextmanager
async def temporary(path: Path) -> AsyncIterator[Path]:
    """A place for a file, whose folder is there; gone after it. What the disk does to it is a StorageError."""
    with own_files():
        await AsyncPath(path.parent).mkdir(parents=True, exist_ok=True)
        try:
            yield path
        finally:
            await AsyncPath(path).unlink(missing_ok=True)
