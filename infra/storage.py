"""Where results are kept: a folder, or an object store such as s3://bucket/prefix.

https://developmentseed.org/obstore/latest/
"""

import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Self

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from infra.errors import NotStored, StorageError

MediaKind = Literal["inputs", "images", "videos"]

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_CHUNK = 256 * 1024


class Storage:
    """Keys are relative paths; an object appears whole under its key or not at all."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

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
            await obstore.put_async(self._store, _checked(key), path)

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

    async def check(self) -> None:
        """Raises StorageError unless something can be written, read and deleted; leaves nothing."""
        key = f"probe-{secrets.token_hex(8)}"
        with _as_storage_errors("written"):
            await obstore.put_async(self._store, key, b"darkroom")
        await self.size(key)
        await self.delete(key)


def key_for(kind: MediaKind, job_id: str, index: int, extension: str, created_at: datetime) -> str:
    """`images/2026/11/22/<job id>-1.png`: by the day the job was made, counted from 1."""
    return _checked(f"{kind}/{created_at:%Y/%m/%d}/{job_id}-{index}.{extension}")


def _open_remote(url: str) -> ObjectStore:
    # obstore's own patience is three minutes: longer than a job's, and than a health page's.
    # Whoever names an http endpoint in the environment means it.
    return from_url(
        url,
        client_options={"allow_http": True, "connect_timeout": "3s", "timeout": "30s"},
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
    )


def _checked(key: str) -> str:
    if not all(_SEGMENT.fullmatch(segment) for segment in key.split("/")):
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
