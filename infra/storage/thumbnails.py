"""Thumbnails of stored images: made by the first who looks, and stored for the others."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from infra.errors import NotStored

if TYPE_CHECKING:
    # obstore is slow to load.
    from infra.storage.store import Storage

#: Returns a JPEG, empty for an image that cannot be decoded. Raises BrokenResult if another process may succeed.
type Draw = Callable[[Path], Awaitable[bytes]]


class Thumbnails:
    """Another process may make the same one; one of the two equal files stays."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._drawn: dict[str, asyncio.Task[bytes]] = {}

    async def read(self, storage: "Storage", key: str, source: str | None) -> bytes:
        """Return the thumbnail `key`, which is made from the image `source` if there is none.

        It is empty for an image that cannot be decoded. Raises StorageError and BrokenResult.
        """
        try:
            return b"".join([chunk async for chunk in storage.read(key)])
        except NotStored:
            if source is None:
                raise
        if key not in self._drawn:
            self._drawn[key] = asyncio.create_task(self._make(storage, key, source))
            self._drawn[key].add_done_callback(lambda made: self._forget(key, made))
        return await asyncio.shield(self._drawn[key])

    async def _make(self, storage: "Storage", key: str, source: str) -> bytes:
        async with storage.on_disk(source) as path:
            thumbnail = await self._draw(path)
        await storage.put(key, thumbnail)
        try:
            await storage.size(source)
        except NotStored:
            # The image was deleted meanwhile. Its thumbnail is deleted after it, so one of the two does it.
            await storage.delete(key)
            raise
        return thumbnail

    def _forget(self, key: str, made: asyncio.Task[bytes]) -> None:
        del self._drawn[key]
        if not made.cancelled():
            # Nobody may wait for it any more.
            made.exception()
