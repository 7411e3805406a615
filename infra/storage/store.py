"""Where results are kept: a folder, or an object store such as s3://bucket/prefix.

https://developmentseed.org/obstore/latest/
"""

import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Self, get_args

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import AzureStore, GCSStore, LocalStore, ObjectStore, S3Store, from_url

from infra.errors import NotStored, StorageError

MediaKind = Literal["inputs", "images", "videos"]
FOLDERS: tuple[MediaKind, ...] = get_args(MediaKind)

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_CHUNK = 256 * 1024
_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Size in bytes."""

    key: str
    size: int


class Storage:
    """Keys are relative paths; an object appears whole under its key or not at all."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        # S3 takes no smaller part but the last: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
        self._part_bytes = (1 if isinstance(store, LocalStore) else 5) * _MEBIBYTE

    @classmethod
    def open(cls, media_dir: Path, storage_url: str | None) -> Self:
        """The store at `storage_url` (credentials come from its own environment), else the folder."""
        try:
            if storage_url:
                return cls(_open_remote(storage_url))
            return cls(LocalStore(media_dir.absolute(), mkdir=True))
        except (BaseError, OSError, ValueError) as error:
            setting = "storage_url" if storage_url else f"media_dir ({media_dir})"
            raise StorageError(f"{setting} cannot be opened: {type(error).__name__}.") from error

    async def save(self, path: Path, key: str) -> None:
        """Keeps a copy of the file, in place of what was there."""
        with _as_storage_errors("written"):
            await obstore.put_async(
                self._store,
                _checked(key),
                path,
                # One part after another: a clip takes the memory of one, not of twelve.
                chunk_size=self._part_bytes,
                max_concurrency=1,
            )

    async def read(self, key: str, part: tuple[int, int] | None = None) -> AsyncIterator[bytes]:
        """The bytes, in pieces; raises NotStored before the first one.

        A `part` is its first byte and the one after its last.
        """
        with _as_storage_errors("read"):
            found = await obstore.get_async(
                self._store, _checked(key), options={"range": part} if part else None
            )
            async for chunk in found.stream(min_chunk_size=_CHUNK):
                yield bytes(chunk)

    async def size(self, key: str) -> int:
        """Bytes; raises NotStored."""
        with _as_storage_errors("read"):
            return (await obstore.head_async(self._store, _checked(key)))["size"]

    async def delete(self, key: str) -> None:
        """Deleting what is already gone is not an error."""
        with contextlib.suppress(NotStored), _as_storage_errors("deleted"):
            await obstore.delete_async(self._store, _checked(key))

    async def delete_many(self, keys: Sequence[str]) -> None:
        """The same of up to a thousand at once, which an object store takes in one call."""
        if not self.can_sign:
            # A folder stops at the first that is gone.
            for key in keys:
                await self.delete(key)
            return
        with contextlib.suppress(NotStored), _as_storage_errors("deleted"):
            await obstore.delete_async(self._store, [_checked(key) for key in keys])

    @property
    def can_sign(self) -> bool:
        """Whether it hands files out itself: a folder does not."""
        return isinstance(self._store, S3Store | GCSStore | AzureStore)

    async def url(self, key: str, seconds: float) -> str:
        """An address at which the object store itself gives this file to everybody, for a week at most.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/ShareObjectPreSignedURL.html
        """
        assert isinstance(self._store, S3Store | GCSStore | AzureStore)  # noqa: S101 - see can_sign
        with _as_storage_errors("asked for an address"):
            return await obstore.sign_async(
                self._store, "GET", _checked(key), timedelta(seconds=seconds)
            )

    async def files(self, folder: str, after: str | None = None) -> AsyncIterator[StoredFile]:
        """All below a folder, listed a page at a time; `after` this key, where the storage has an order of keys."""
        with _as_storage_errors("listed"):
            async for page in obstore.list(self._store, _checked(folder), offset=after):
                for found in page:
                    if _is_key(found["path"]):
                        yield StoredFile(found["path"], found["size"])

    async def folders(self, folder: str) -> list[str]:
        """The folders in this one, whole paths, in order."""
        with _as_storage_errors("listed"):
            found = await obstore.list_with_delimiter_async(self._store, _checked(folder))
        return sorted(filter(_is_key, found["common_prefixes"]))

    async def check(self) -> None:
        """Raises StorageError unless something can be written, read and deleted; leaves nothing."""
        async with self._probe() as key:
            await self.size(key)

    async def is_same_place(self, other: Self) -> bool:
        """Whether a file written here appears in the other storage, however each is spelled. Raises StorageError.

        Two spellings of a path, a symlink, a mount and two addresses of one bucket can lead to the same files.
        """
        async with self._probe() as key:
            try:
                await other.size(key)
            except NotStored:
                return False
            return True

    @contextlib.asynccontextmanager
    async def _probe(self) -> AsyncIterator[str]:
        """The key of a file that exists for a moment."""
        key = f"probe-{secrets.token_hex(8)}"
        with _as_storage_errors("written"):
            await obstore.put_async(self._store, key, b"darkroom")
        try:
            yield key
        finally:
            await self.delete(key)

    async def claim(self, key: str, content: bytes) -> bool:
        """Write a small file unless there is one under this key; False: there is. Raises StorageError."""
        with _as_storage_errors("written"):
            try:
                await obstore.put_async(self._store, _checked(key), content, mode="create")
            except AlreadyExistsError:
                return False
        return True


def key_for(kind: MediaKind, job_id: str, index: int, extension: str, created_at: datetime) -> str:
    """`images/2026/11/22/<job id>-1.png`: by the day the job was made, counted from 1."""
    return _checked(f"{kind}/{created_at:%Y/%m/%d}/{job_id}-{index}.{extension}")


def _open_remote(url: str) -> ObjectStore:
    # obstore's own patience is three minutes: longer than a job's, and than a health page's.
    # Whoever names an http endpoint in the environment means it.
    return from_url(
        url,
        # A large file is read at the pace at which it is sent on, which may take minutes.
        client_options={
            "allow_http": True,
            "connect_timeout": "3s",
            "read_timeout": "30s",
            "timeout": "180s",
        },
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
    )


def _is_key(path: str) -> bool:
    return all(_SEGMENT.fullmatch(segment) for segment in path.split("/"))


def _checked(key: str) -> str:
    if not _is_key(key):
        raise ValueError(f"no storage key: {key!r}; it is names and slashes such as images/a.png")
    return key


@contextlib.contextmanager
def _as_storage_errors(what: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise NotStored("Nothing is stored under this key.") from None
    except (BaseError, OSError) as error:
        raise StorageError(f"The storage cannot be {what}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
