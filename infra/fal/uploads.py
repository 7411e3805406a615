"""Upload of input images, videos and recordings to fal's CDN: https://docs.fal.ai/model-apis/fal-cdn.

A large file is uploaded in parts, as in fal's JavaScript client.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from anyio import Path as AsyncPath

from infra.errors import FailureKind, ProviderError
from infra.fal.allowed_hosts import is_media, origin
from infra.fal.bodies import IDENTITY, read_body
from infra.fal.connection import Answer, Connection, may_pass, parse_json, translated_errors
from infra.storage.disk_errors import own_files

_MIB = 1024 * 1024
_MULTIPART_FROM = 90 * _MIB
_PART = 10 * _MIB
_BLOCK = _MIB
_PIECE = 64 * 1024
_MAX_SECONDS = 120
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
    "audio/flac": "flac",
    "audio/aac": "aac",
}


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a file, or of bytes in memory: where it begins, and its size."""

    source: Path | bytes
    start: int
    size: int

    async def pieces(self) -> AsyncIterator[bytes]:
        """Read a piece at a time: a video need not fit in memory, and sending megabytes would block the event loop."""
        end = self.start + self.size
        for at in range(self.start, end, _BLOCK):
            block = await asyncio.to_thread(self._read, at, min(_BLOCK, end - at))
            for offset in range(0, len(block), _PIECE):
                yield block[offset : offset + _PIECE]

    def _read(self, start: int, size: int) -> bytes:
        if isinstance(self.source, bytes):
            return self.source[start : start + size]
        # The file is closed between two blocks: a connection that breaks leaves its body unread.
        with own_files(), self.source.open("rb") as file:
            file.seek(start)
            return file.read(size)


async def upload(
    connection: Connection,
    source: Path | bytes,
    content_type: str,
    *,
    multipart_from: int = _MULTIPART_FROM,
    part_size: int = _PART,
) -> str:
    """Upload a file and return its URL for fal's models. Sizes are bytes. Raises ProviderError and StorageError.

    The file name is replaced: the real one is private.
    """
    with own_files():
        size = (await AsyncPath(source).stat()).st_size if isinstance(source, Path) else len(source)
    if size <= multipart_from:
        upload_url, file_url = await initiate(connection, "initiate", content_type)
        await put_content(connection, upload_url, _Part(source, 0, size), content_type)
        return file_url
    upload_url, file_url = await initiate(connection, "initiate-multipart", content_type)
    address = httpx.URL(upload_url)
    base = address.path.rstrip("/")
    parts = []
    for number, at in enumerate(range(0, size, part_size), start=1):
        part = _Part(source, at, min(part_size, size - at))
        part_url = str(address.copy_with(path=f"{base}/{number}"))
        answer = await put_content(connection, part_url, part, content_type)
        etag = answer.headers.get("etag") or answer.text("etag")
        if not etag:
            raise _not_taken(f"part {number} has no ETag")
        parts.append({"partNumber": number, "etag": etag})
    complete_url = str(address.copy_with(path=f"{base}/complete"))
    answer = await connection.send("POST", complete_url, payload={"parts": parts})
    if not answer.is_success:
        raise answer.error
    return file_url


async def initiate(connection: Connection, step: str, content_type: str) -> tuple[str, str]:
    url = f"{connection.rest_base_url}/storage/upload/{step}?storage_type=fal-cdn-v3"
    name = f"upload.{_EXTENSIONS.get(content_type, 'bin')}"
    answer = await connection.send(
        "POST",
        url,
        payload={"content_type": content_type, "file_name": name},
        headers=connection.stored.media_headers,
    )
    if not answer.is_success:
        raise answer.error
    upload_url, file_url = answer.text("upload_url"), answer.text("file_url")
    if not upload_url or not file_url:
        raise _not_taken("fal returned no URL")
    target = origin(upload_url)
    is_safe = target is not None and (target[0] == "https" or target in connection.origins)
    if not is_safe or not is_media(file_url, connection.origins):
        raise _not_taken("the URLs are not fal's")
    return upload_url, file_url


async def put_content(connection: Connection, url: str, part: _Part, content_type: str) -> Answer:
    async def attempt() -> Answer:
        # The URL is signed, so the API key is not sent.
        headers = {"Content-Type": content_type, "Content-Length": str(part.size), **IDENTITY}
        with translated_errors():
            async with connection.http.stream(
                "PUT", url, content=part.pieces(), headers=headers
            ) as response:
                body = parse_json(await read_body(response))
        answer = Answer(response.status_code, response.headers, body)
        if not answer.is_success:
            raise _not_taken(f"HTTP {answer.status}")
        return answer

    try:
        async with asyncio.timeout(_MAX_SECONDS):
            return await connection.retry.run(attempt, may_pass)
    except TimeoutError:
        raise _not_taken("it took too long") from None


def _not_taken(cause: str) -> ProviderError:
    return ProviderError(
        FailureKind.PROVIDER_DOWN,
        f"The file could not be uploaded to fal: {cause}.",
        retryable=True,
    )
