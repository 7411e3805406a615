"""The storage, opened when it is first asked for: obstore is slow to load, and a folder may be mounted later."""

import asyncio
import functools
from typing import TYPE_CHECKING

from infra.settings import Settings

if TYPE_CHECKING:
    from infra.storage.store import Storage


class LateStorage:
    def __init__(self, settings: Settings) -> None:
        self._open = functools.cache(functools.partial(_open, settings))

    async def open(self) -> "Storage":
        """Raises StorageError."""
        return await asyncio.to_thread(self._open)

    async def check(self) -> None:
        """Raises StorageError, too."""
        storage = await self.open()
        await storage.check()


def _open(settings: Settings) -> "Storage":
    from infra.storage.store import Storage

    return Storage.open(settings.media_dir, settings.storage_url)
