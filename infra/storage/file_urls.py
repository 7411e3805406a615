"""Addresses at which people and fal read a stored file for a while, without being asked who they are."""

from infra.storage.signed_urls import SignedLinks
from infra.storage.store import Storage


class Links:
    """By the front door; or by the object store itself, so that what is large passes nobody else."""

    def __init__(self, giver: Storage | SignedLinks) -> None:
        self._giver = giver

    @classmethod
    def choose(cls, storage: Storage, door: SignedLinks | None, *, direct: bool) -> "Links | None":
        """The store's own where they are wanted and there are any; None: nobody outside can read a file."""
        if direct and storage.can_sign:
            return cls(storage)
        return cls(door) if door else None

    async def url(self, key: str, seconds: float) -> str:
        """The address of a file for so long; raises StorageError."""
        if isinstance(self._giver, Storage):
            return await self._giver.url(key, seconds)
        return self._giver.url(key, seconds)
