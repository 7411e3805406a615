"""Downloads of results: each is streamed to a file, verified by its format, and stored under its job's id."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from anyio import Path as AsyncPath

from infra.errors import BrokenResult, FailureKind, NotStored, ProviderError
from infra.fal.client import FalClient
from infra.images.crop import crop
from infra.images.inspect import Clip, ImageInfo, examine, verify
from infra.storage.store import MediaKind, Storage, key_for
from infra.telegram.outgoing_media import Shape, shape_of
from worker.bot.options.labels import ratio
from worker.generation.temp_files import until_stored
from worker.model import CROP, THUMBNAIL, File, Job, Kind

# Leaves enough of the step's timeout (worker/main.py) for a download.
_SLOT_SECONDS = 60


class Downloads:
    """`at_once` limits concurrent downloads: each holds buffers, a decoder and a part of its file."""

    def __init__(self, fal: FalClient, storage: Storage, incoming: Path, at_once: int) -> None:
        self._fal = fal
        self._storage = storage
        self._incoming = incoming
        self._slots = asyncio.Semaphore(at_once)

    async def fetch(self, job: Job, index: int, url: str) -> File:
        """Download and store a job's result, counted from 1. Raises ProviderError and StorageError."""
        # A storage key rejects an id that is not a plain name, so that it cannot name another path.
        path = self._incoming / result_key(job, index, "part").rpartition("/")[2]
        async with self._slot(), until_stored(path):
            if job.request.model == CROP:
                size = await self._crop(job, url, path)
                return await self._store(job, index, path, size)
            fetched = await self._fal.download_result(url, path)
            try:
                return await self._store(job, index, path, fetched.size)
            except BrokenResult as error:
                error.digest = await asyncio.to_thread(sha256_of, path)
                raise

    async def _crop(self, job: Job, key: str, path: Path) -> int:
        """Write the image under this storage key to `path`, cropped to the job's ratio; return its size in bytes."""
        await AsyncPath(path.parent).mkdir(parents=True, exist_ok=True)
        try:
            async with self._storage.on_disk(key) as source:
                await crop(source, path, ratio(job.request.options["size"]))
        except NotStored as error:
            raise BrokenResult(f"The image to crop is gone: {error}") from error
        return (await AsyncPath(path).stat()).st_size

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_SLOT_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            waited = "Other downloads are still running."
            raise ProviderError(FailureKind.TOO_SLOW, waited, retryable=True) from None
        try:
            yield
        finally:
            self._slots.release()

    async def _store(self, job: Job, index: int, path: Path, size: int) -> File:
        """Verify and store a result. A photo gets its thumbnail when somebody looks; others are sent with one."""
        if found := await verify(path):
            file = describe(found, size, result_key(job, index, found.format))
            if shape_of(file) is Shape.PHOTO:
                await self._storage.take(path, file.key)
                return file
        examined, thumbnail = await examine(path)
        preview = result_key(job, index, THUMBNAIL)
        await self._storage.put(preview, thumbnail)
        file = describe(examined, size, result_key(job, index, examined.format), preview)
        await self._storage.take(path, file.key)
        return file


def describe(found: ImageInfo | Clip, size: int, key: str, thumbnail: str | None = None) -> File:
    return File(
        key=key,
        content_type=found.content_type,
        size=size,
        width=found.width,
        height=found.height,
        duration=found.duration if isinstance(found, Clip) else None,
        frames=found.frames if isinstance(found, Clip) else None,
        transparent=isinstance(found, ImageInfo) and found.is_transparent,
        thumbnail=thumbnail,
    )


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def result_key(job: Job, index: int, extension: str) -> str:
    folder: MediaKind = "videos" if job.request.kind is Kind.VIDEO else "images"
    return key_for(folder, job.id, index, extension, datetime.fromtimestamp(job.created_at, UTC))
