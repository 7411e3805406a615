"""Fetching results: streamed to disk, complete or not there at all, never with the key."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from infra.errors import BrokenResult, FailureKind, ProviderError
from infra.fal.connection import Connection, translated_errors
from infra.fal.failures import is_transient, parse_retry_after
from infra.fal.origins import is_media

_CHUNK = 256 * 1024
# The CDN may lag behind the queue: a file that is not there yet answers 404.
_NOT_THERE_YET = 404


@dataclass(frozen=True, slots=True)
class Download:
    """`size` is bytes; `content_type` is what the server claims, None when it claims nothing."""

    size: int
    content_type: str | None
    sha256: str


async def download(
    connection: Connection, url: str, target: Path, *, max_bytes: int, max_seconds: float
) -> Download:
    """Raises ProviderError; the target appears whole or stays as it was."""
    if not is_media(url, connection.origins):
        raise BrokenResult("The result lies at an address that is not fal's.")

    async def attempt() -> Download:
        try:
            async with asyncio.timeout(max_seconds):
                return await _attempt(connection.http, url, target, max_bytes)
        except TimeoutError:
            raise ProviderError(
                FailureKind.TOO_SLOW, "The result is coming in too slowly.", retryable=True
            ) from None

    return await connection.retry.run(attempt)


async def _attempt(http: httpx.AsyncClient, url: str, target: Path, max_bytes: int) -> Download:
    file = await asyncio.to_thread(_open_beside, target)
    try:
        with file, translated_errors():
            async with http.stream("GET", url) as response:
                _check(response, max_bytes)
                fetched = await _receive(response, file, max_bytes)
            await asyncio.to_thread(_put_in_place, file, target)
    except BaseException:
        _discard(file)
        raise
    return fetched


def _check(response: httpx.Response, max_bytes: int) -> None:
    status = response.status_code
    if status != httpx.codes.OK:
        raise ProviderError(
            FailureKind.PROVIDER_DOWN,
            f"fal's file server answered HTTP {status}.",
            retryable=is_transient(status) or status == _NOT_THERE_YET,
            retry_after=parse_retry_after(response.headers.get("retry-after")),
        )
    if _claimed_size(response.headers) > max_bytes:
        raise _too_large(max_bytes)


async def _receive(response: httpx.Response, file: IO[bytes], max_bytes: int) -> Download:
    size, digest = 0, hashlib.sha256()
    async for chunk in response.aiter_bytes(_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes)
        digest.update(chunk)
        await asyncio.to_thread(file.write, chunk)
    if not size:
        raise BrokenResult("The result is an empty file.")
    return Download(size, response.headers.get("content-type"), digest.hexdigest())


def _open_beside(target: Path) -> IO[bytes]:
    target.parent.mkdir(parents=True, exist_ok=True)
    return tempfile.NamedTemporaryFile(
        dir=target.parent, prefix=f".{target.name}.", suffix=".part", delete=False
    )


def _put_in_place(file: IO[bytes], target: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    Path(file.name).rename(target)


def _discard(file: IO[bytes]) -> None:
    Path(file.name).unlink(missing_ok=True)


def _claimed_size(headers: Mapping[str, str]) -> int:
    claimed = headers.get("content-length", "")
    return int(claimed) if claimed.isdecimal() else 0


def _too_large(max_bytes: int) -> ProviderError:
    limit = max_bytes / 1024 / 1024
    return ProviderError(FailureKind.TOO_LARGE, f"The result is larger than {limit:.0f} MiB.")
