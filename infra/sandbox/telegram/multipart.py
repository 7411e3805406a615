import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
from aiohttp.base_protocol import BaseProtocol


@dataclass(frozen=True)
class Part:
    """A field of a form; `filename` is empty for a plain value."""

    name: str
    filename: str
    content_type: str
    data: bytes


async def read_parts(body: bytes, content_type: str) -> AsyncIterator[Part]:
    """Parse the fields of a multipart/form-data body.

    aiohttp parses them, because aiogram and httpx already depend on it; Starlette's own parser would
    need one more library. Raises ValueError for a body that does not match its type.
    """
    # A buffer as large as the body: otherwise the stream would ask its socket to pause, and it has none.
    stream = aiohttp.StreamReader(BaseProtocol(asyncio.get_running_loop()), limit=len(body) + 1)
    stream.feed_data(body)
    stream.feed_eof()
    async for part in aiohttp.MultipartReader({"Content-Type": content_type}, stream):
        if isinstance(part, aiohttp.BodyPartReader):
            kind = part.headers.get("Content-Type", "application/octet-stream")
            data = bytes(await part.read())
            yield Part(part.name or "", part.filename or "", kind.partition(";")[0], data)
