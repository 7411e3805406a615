"""Presigned URLs of an object store: anyone with the URL can read the file until it expires, without webhook_app.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ShareObjectPreSignedURL.html
"""

from datetime import timedelta
from typing import Self

import obstore
from obstore.store import AzureStore, GCSStore, S3Store

from infra.storage.store import Storage, as_storage_errors, checked

# How long a URL is valid, in seconds; webhook_app's own URLs (signed_urls.py) are valid as long.
#: A user's: a week is the longest that S3 allows.
USER_URL_SECONDS = 7 * 24 * 3600
#: fal's, in addition to the longest time of a job.
FAL_URL_SECONDS = 600


class PresignedUrls:
    def __init__(self, store: S3Store | GCSStore | AzureStore) -> None:
        self._store = store

    @classmethod
    def of(cls, storage: Storage) -> Self | None:
        """Return None for a folder, which has no URLs of its own."""
        store = storage.object_store
        return cls(store) if isinstance(store, S3Store | GCSStore | AzureStore) else None

    async def url(self, key: str, seconds: float) -> str:
        """Return a URL that is valid for `seconds`. Raises StorageError."""
        with as_storage_errors("asked for an address"):
            return await obstore.sign_async(
                self._store, "GET", checked(key), timedelta(seconds=seconds)
            )
