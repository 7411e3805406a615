"""Download of results: streamed to disk, atomic, and without the API key.

A response that is not the complete file may be complete later: with problems, fal's CDN returns errors, HTML pages and
partial files. https://docs.fal.ai/model-apis/fal-cdn
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from infra.errors import BrokenResult, FailureKind, ProviderError
from infra.fal.allowed_hosts import Origin, is_media
from infra.fal.bodies import IDENTITY, encoding
from infra.fal.connection import Connection, may_pass, translated_errors
from infra.fal.error_mapping import parse_retry_after
from infra.storage.disk_errors import own_files

_CHUNK = 256 * 1024
_SMALL = 2 * 1024 * 1024
_MAX_REDIRECTS = 5
# Bytes: no image or video begins with this much text.
_HEAD = 64


@dataclass(frozen=True, slots=True)
class Download:
    """`size` is bytes; `content_type` is the header, None if it is missing."""

    size: int
    content_type: str | None


async def download(
    connection: Connection, url: str, target: Path, *, max_bytes: int, max_seconds: float
) -> Download:
    """Download atomically. Raises ProviderError, or StorageError for the disk.

    `max_seconds` covers all quick retries together.
    """
    if not is_media(url, connection.origins):
        raise BrokenResult("The result's URL is not fal's.")

    async def attempt() -> Download:
        part = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
        with own_files(), translated_errors():
            try:
                async with open_response(connection.http, url, connection.origins) as response:
                    return await write_verified(response, part, target, max_bytes)
            except BaseException:
                await asyncio.to_thread(part.unlink, missing_ok=True)
                raise

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
            if not response.has_redirect_location:
                if response.status_code != httpx.codes.OK:
                    retry_after = parse_retry_after(response.headers.get("retry-after"))
                    raise _not_the_file(f"HTTP {response.status_code}", retry_after)
                if encoding(response):
                    raise _not_the_file("unexpected content encoding")
                yield response
                return
            try:
                url = str(response.url.join(response.headers["location"]))
            except httpx.InvalidURL:
                url = ""
        # Against SSRF: a redirect must not lead into the internal network.
        if not is_media(url, origins):
            raise _not_the_file("a redirect to a foreign host")
    raise _not_the_file("too many redirects")


async def write_verified(
    response: httpx.Response, part: Path, target: Path, max_bytes: int
) -> Download:
    """Write the body to `part`, and rename it to `target` when it is complete."""
    length = response.headers.get("content-length", "")
    claimed = int(length) if length.isdecimal() and len(length) < 20 else None
    limit = f"{max_bytes / 1024 / 1024:.0f} MiB"
    too_large = BrokenResult(f"The result is larger than {limit}.", digest=f"over {limit}")
    if claimed is not None and claimed > max_bytes:
        raise too_large
    # An image of the usual size is written at once: each part costs a change of threads.
    at_once = claimed if claimed and claimed <= _SMALL else _CHUNK
    size, written, head = 0, 0, b""
    held: list[bytes] = []
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > max_bytes:
            raise too_large
        head = head or chunk[:_HEAD]
        held.append(chunk)
        if size - written > at_once:
            await asyncio.to_thread(_append, part, held)
            written, held = size, []
    if not size or (claimed is not None and size != claimed):
        raise _not_the_file(f"{size} bytes of {claimed or 'more'}")
    # A body that begins as an HTML page or a text does: media have control characters there.
    if not any(byte < 0x20 and byte not in b"\t\n\f\r" for byte in head):
        raise _not_the_file("a text")
    await asyncio.to_thread(_append, part, held, target)
    return Download(size, response.headers.get("content-type"))


def _append(part: Path, chunks: Sequence[bytes], target: Path | None = None) -> None:
    """Append to the partial file; `target` is its name after the last chunks."""
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("ab") as file:
        file.writelines(chunks)
    if target:
        part.replace(target)


def _not_the_file(what: str, retry_after: float | None = None) -> ProviderError:
    return ProviderError(
        FailureKind.RESULT_UNREACHABLE,
        f"fal's file server does not return the result yet ({what}).",
        retryable=True,
        retry_after=retry_after,
    )
