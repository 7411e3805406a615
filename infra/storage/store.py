"""Storage of results: a folder, or an object store such as s3://bucket/prefix.

https://developmentseed.org/obstore/latest/
"""

import asyncio
import contextlib
import errno
import os
import re
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Literal, Self, get_args

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from infra.errors import NotStored, StorageError
from infra.storage.disk_errors import own_files

MediaKind = Literal["inputs", "images", "videos"]
FOLDERS: tuple[MediaKind, ...] = get_args(MediaKind)

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_CHUNK = 256 * 1024
_MEBIBYTE = 1024 * 1024
# A smaller file in a folder is read at once: a part costs a change of threads.
_SMALL = 2 * _MEBIBYTE


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Size in bytes."""

    key: str
    size: int


class Storage:
    """Keys are relative paths; writes are atomic."""

    def __init__(self, store: ObjectStore) -> None:
        self.object_store = store
        # Files of a folder are moved and read directly: ten times less CPU than through obstore.
        self._folder = store.prefix if isinstance(store, LocalStore) else None
        # S3's minimum, except for the last part: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
        self._part_bytes = (1 if isinstance(store, LocalStore) else 5) * _MEBIBYTE

    @classmethod
    def open(cls, media_dir: Path, storage_url: str | None) -> Self:
        """Open the store at `storage_url`, with credentials from the environment, or else the folder."""
        try:
            if not storage_url:
                return cls(LocalStore(media_dir.absolute(), mkdir=True))
            # obstore's default retry timeout of three minutes is longer than a job's step and a health check may take.
            # allow_http has an effect only for an http endpoint in the environment.
            store = from_url(
                storage_url,
                # A large file is read as fast as it is sent on, which may take minutes.
                client_options={
                    "allow_http": True,
                    "connect_timeout": "3s",
                    "read_timeout": "30s",
                    "timeout": "180s",
                },
                retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
            )
            return cls(store)
        except (BaseError, OSError, ValueError) as error:
            setting = "storage_url" if storage_url else f"media_dir ({media_dir})"
            raise StorageError(f"{setting} cannot be opened: {type(error).__name__}.") from error

    async def save(self, path: Path, key: str) -> None:
        """Store a copy of the file, replacing an existing object."""
        with as_storage_errors("written"):
            await obstore.put_async(
                self.object_store,
                checked(key),
                path,
                # Sequential parts: a video needs the memory of one part, not of twelve.
                chunk_size=self._part_bytes,
                max_concurrency=1,
            )

    async def put(self, key: str, content: bytes) -> None:
        """Store a small file, replacing an existing object."""
        with as_storage_errors("written"):
            await obstore.put_async(self.object_store, checked(key), content)

    async def take(self, path: Path, key: str) -> None:
        """Move a file into the storage, replacing an existing object. It appears complete or not at all."""
        if self._folder:
            with as_storage_errors("written"):
                if await asyncio.to_thread(_move, path, self._folder / checked(key)):
                    return
        await self.save(path, key)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def read(self, key: str, part: tuple[int, int] | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes in chunks. Raises NotStored before the first one.

        `part` is a range of bytes (start, stop).
        """
        with as_storage_errors("read"):
            if self._folder:
                async for chunk in _read(self._folder / checked(key), *(part or (0, None))):
                    yield chunk
                return
            found = await obstore.get_async(
                self.object_store, checked(key), options={"range": part} if part else None
            )
            async for chunk in found.stream(min_chunk_size=_CHUNK):
                yield bytes(chunk)

    @contextlib.asynccontextmanager
    async def on_disk(self, key: str) -> AsyncIterator[Path]:
        """Yield a path to the file: its own in a folder, else a temporary copy. Raises NotStored."""
        if self._folder:
            await self.size(key)
            with own_files():
                yield self._folder / checked(key)
            return
        with own_files(), tempfile.NamedTemporaryFile(prefix="darkroom-") as copy:
            async for chunk in self.read(key):
                await asyncio.to_thread(copy.write, chunk)
            copy.flush()
            yield Path(copy.name)

    async def size(self, key: str) -> int:
        """Return the size in bytes. Raises NotStored."""
        with as_storage_errors("read"):
            return (await obstore.head_async(self.object_store, checked(key)))["size"]

    async def delete(self, key: str) -> None:
        """Delete an object; it is not an error if there is none."""
        with contextlib.suppress(NotStored), as_storage_errors("deleted"):
            await obstore.delete_async(self.object_store, checked(key))

    async def delete_many(self, keys: Sequence[str]) -> None:
        """Delete up to a thousand objects, in one call on an object store."""
        if isinstance(self.object_store, LocalStore):
            # A folder stops at the first missing file.
            for key in keys:
                await self.delete(key)
            return
        with contextlib.suppress(NotStored), as_storage_errors("deleted"):
            await obstore.delete_async(self.object_store, [checked(key) for key in keys])

    async def files(self, folder: str, after: str | None = None) -> AsyncIterator[StoredFile]:
        """List all files below a folder, page by page; those `after` a key if the storage orders keys."""
        with as_storage_errors("listed"):
            async for page in obstore.list(self.object_store, checked(folder), offset=after):
                for found in page:
                    if _is_key(found["path"]):
                        yield StoredFile(found["path"], found["size"])

    async def all_files(self) -> AsyncIterator[StoredFile]:
        """List the results and inputs of all jobs."""
        for folder in FOLDERS:
            async for file in self.files(folder):
                yield file

    async def folders(self, folder: str) -> list[str]:
        """Return the full paths of the folders in this one, sorted."""
        with as_storage_errors("listed"):
            found = await obstore.list_with_delimiter_async(self.object_store, checked(folder))
        return sorted(filter(_is_key, found["common_prefixes"]))

    async def check(self) -> None:
        """Write, read and delete a probe file. Raises StorageError."""
        async with self._probe() as key:
            await self.size(key)

    async def is_same_place(self, other: Self) -> bool:
        """Return whether a file written here appears in the other storage. Raises StorageError.

        Different paths, a symlink, a mount or two URLs of one bucket can lead to the same files.
        """
        async with self._probe() as key:
            try:
                await other.size(key)
            except NotStored:
                return False
            return True

    @contextlib.asynccontextmanager
    async def _probe(self) -> AsyncIterator[str]:
        """Write a probe file, yield its key, and delete it."""
        key = f"probe-{secrets.token_hex(8)}"
        with as_storage_errors("written"):
            await obstore.put_async(self.object_store, key, b"darkroom")
        try:
            yield key
        finally:
            await self.delete(key)

    async def claim(self, key: str, content: bytes) -> bool:
        """Write a small file; return False if the key already exists. Raises StorageError."""
        with as_storage_errors("written"):
            try:
                await obstore.put_async(self.object_store, checked(key), content, mode="create")
            except AlreadyExistsError:
                return False
        return True


def key_for(kind: MediaKind, job_id: str, index: int, extension: str, created_at: datetime) -> str:
    """Return `images/2026/11/22/<job id>-1.png`: the date is the job's creation, `index` counts from 1."""
    return checked(f"{kind}/{created_at:%Y/%m/%d}/{job_id}-{index}.{extension}")


def _move(path: Path, target: Path) -> bool:
    """Rename a file, its bytes on the disk before its name; False for a target on another file system."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    try:
        path.replace(target)
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


async def _read(path: Path, start: int, stop: int | None) -> AsyncIterator[bytes]:
    """Yield a part of a file: a small one at once."""

    def begin() -> tuple[IO[bytes], int, bytes]:
        file = path.open("rb", buffering=0)
        try:
            file.seek(start)
            left = (os.fstat(file.fileno()).st_size if stop is None else stop) - start
            return file, left, file.read(left if left <= _SMALL else _CHUNK)
        except BaseException:
            file.close()
            raise

    file, left, chunk = await asyncio.to_thread(begin)
    with file:
        while chunk:
            yield chunk
            left -= len(chunk)
            chunk = await asyncio.to_thread(file.read, min(left, _CHUNK)) if left > 0 else b""


def _is_key(path: str) -> bool:
    return all(_SEGMENT.fullmatch(segment) for segment in path.split("/"))


def checked(key: str) -> str:
    """Return the key. Raises ValueError if it is not a relative path of plain names."""
    if not _is_key(key):
        raise ValueError(
            f"invalid storage key: {key!r}; use names and slashes such as images/a.png"
        )
    return key


@contextlib.contextmanager
def as_storage_errors(what: str) -> Iterator[None]:
    """Raise NotStored and StorageError instead of the errors of a store."""
    try:
        yield
    except FileNotFoundError:
        raise NotStored("Nothing is stored under this key.") from None
    except (BaseError, OSError) as error:
        first_line = str(error).partition("\n")[0]
        raise StorageError(f"The storage cannot be {what}: {first_line}") from error
