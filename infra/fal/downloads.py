"""Download of results: streamed to disk, atomic, and without the API key.

A response that is not the complete file may be complete later: with problems, fal's CDN returns errors, HTML pages and
partial files. https://docs.fal.ai/model-apis/fal-cdn
"""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from infra.errors import BrokenResult, FailureKind, ProviderError
from infra.fal.allowed_hosts import Origin, is_media
from infra.fal.bodies import IDENTITY, encoding
from infra.fal.connection import Connection, may_pass, translated_errors
from infra.fal.error_mapping import parse_retry_after
from infra.storage.disk_errors import own_files

_CHUNK = 256 * 1024
_MAX_REDIRECTS = 5
# Bytes: no image or video begins with this much text.
_HEAD = 64


@dataclass(frozen=True, slots=True)
class Download:
    """`size` is bytes; `content_type` is the header, None if it is missing."""

    size: int
    content_type: str | None
    sha256: str


async def download(
    connection: Connection, url: str, target: Path, *, max_bytes: int, max_seconds: float
) -> Download:
    """Download atomically. Raises ProviderError, or StorageError for the disk.

    `max_seconds` covers all quick retries together.
    """
    if not is_media(url, connection.origins):
        raise BrokenResult("The result's URL is not fal's.")

    async def attempt() -> Download:
        with own_files():
            file = await asyncio.to_thread(open_partial, target)
            try:
                with file, translated_errors():
                    async with open_response(connection.http, url, connection.origins) as response:
                        fetched = await write_verified(response, file, max_bytes)
                    await asyncio.to_thread(file.flush)
                    await asyncio.to_thread(os.fsync, file.fileno())
                    await asyncio.to_thread(Path(file.name).rename, target)
            except BaseException:
                discard(file)
                raise
        return fetched

    try:
        async with asyncio.timeout(max_seconds):
            return await connection.retry.run(attempt, may_pass)
    except TimeoutError:
        raise ProviderError(
            FailureKind.TOO_SLOW, "The download of the result is too slow.", retryable=True
        ) from None


@asynccontextmanager
async def open_response(
    http: httpx.AsyncClient, url: str, origins: frozenset[Origin]
) -> AsyncIterator[httpx.Response]:
    """Yield the response with the file, after redirects to fal's media hosts."""
    for _ in range(_MAX_REDIRECTS + 1):
        async with http.stream("GET", url, headers=IDENTITY) as response:
            if response.next_request is None:
                if response.status_code != httpx.codes.OK:
                    retry_after = parse_retry_after(response.headers.get("retry-after"))
                    raise _not_the_file(f"HTTP {response.status_code}", retry_after)
                if encoding(response):
                    raise _not_the_file("unexpected content encoding")
                yield response
                return
            url = str(response.next_request.url)
        # Against SSRF: a redirect must not lead into the internal network.
        if not is_media(url, origins):
            raise _not_the_file("a redirect to a foreign host")
    raise _not_the_file("too many redirects")


async def write_verified(response: httpx.Response, file: IO[bytes], max_bytes: int) -> Download:
    length = response.headers.get("content-length", "")
    claimed = int(length) if length.isdecimal() and len(length) < 20 else None
    limit = f"{max_bytes / 1024 / 1024:.0f} MiB"
    too_large = BrokenResult(f"The result is larger than {limit}.", digest=f"over {limit}")
    if claimed is not None and claimed > max_bytes:
        raise too_large
    size, digest, head = 0, hashlib.sha256(), b""
    async for chunk in response.aiter_raw(_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise too_large
        head = head or chunk[:_HEAD]
        digest.update(chunk)
        await asyncio.to_thread(file.write, chunk)
    if not size or (claimed is not None and size != claimed):
        raise _not_the_file(f"{size} bytes of {claimed or 'more'}")
    # A body that begins as an HTML page or a text does: media have control characters there.
    if not any(byte < 0x20 and byte not in b"\t\n\f\r" for byte in head):
        raise _not_the_file("a text")
    return Download(size, response.headers.get("content-type"), digest.hexdigest())


def open_partial(target: Path) -> IO[bytes]:
    target.parent.mkdir(parents=True, exist_ok=True)
    return tempfile.NamedTemporaryFile(
        dir=target.parent, prefix=f".{target.name}.", suffix=".part", delete=False
    )


def discard(file: IO[bytes]) -> None:
    Path(file.name).unlink(missing_ok=True)


def _not_the_file(what: str, retry_after: float | None = None) -> ProviderError:
    return ProviderError(
        FailureKind.RESULT_UNREACHABLE,
        f"fal's file server does not return the result yet ({what}).",
        retryable=True,
        retry_after=retry_after,
    )
