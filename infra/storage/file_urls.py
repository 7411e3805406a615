"""Temporary URLs of stored files for users and fal, without authentication."""

from infra.storage.presigned_urls import PresignedUrls
from infra.storage.signed_urls import SignedLinks
from infra.storage.store import Storage


class Links:
    """URLs of webhook_app, or of the object store itself, so that large files do not pass through webhook_app."""

    def __init__(self, giver: PresignedUrls | SignedLinks) -> None:
        self._giver = giver

    @classmethod
    def choose(
        cls, storage: Storage, signed: SignedLinks | None, *, direct: bool
    ) -> "Links | None":
        """Choose the store's own URLs if `direct` and supported; None if files have no public URL."""
        giver = (PresignedUrls.of(storage) if direct else None) or signed
        return cls(giver) if giver else None

    async def url(self, key: str, seconds: float) -> str:
        """Return a URL that is valid for `seconds`. Raises StorageError."""
        if isinstance(self._giver, PresignedUrls):
            return await self._giver.url(key, seconds)
        return self._giver.url(key, seconds)
