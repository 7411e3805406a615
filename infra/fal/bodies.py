"""Bodies of answers, read with a limit: what a server sends, and how well it was packed, is not ours to decide."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

#: We ask for bodies as they are: a packed one can be a thousand times as large as what was sent.
IDENTITY = {"Accept-Encoding": "identity"}
#: Bytes of an answer in JSON, packed or not.
MAX_ANSWER = 2 * 1024 * 1024

_PACKED = frozenset({"gzip", "x-gzip", "deflate"})


def encoding(response: httpx.Response) -> str:
    """How the body is packed; empty: not at all."""
    named = str(response.headers.get("content-encoding", "")).strip().lower()
    return "" if named == "identity" else named


async def read_body(response: httpx.Response, max_bytes: int = MAX_ANSWER) -> bytes:
    """The whole body of a streamed response; raises httpx.DecodingError when it is too large or packed strangely."""
    packing = encoding(response)
    if packing and packing not in _PACKED:
        raise httpx.DecodingError("an encoding that nobody asked for", request=response.request)
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > max_bytes:
            raise _too_large(response)
    return _unpack(response, bytes(body), max_bytes) if packing else bytes(body)


def _unpack(response: httpx.Response, body: bytes, max_bytes: int) -> bytes:
    # A gateway may pack what was asked for plain, and the answer to a submit is worth money.
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        unpacked = unpacker.decompress(body, max_bytes + 1)
    except zlib.error:
        raise httpx.DecodingError("it cannot be unpacked", request=response.request) from None
    if len(unpacked) > max_bytes:
        raise _too_large(response)
    return unpacked


def _too_large(response: httpx.Response) -> httpx.DecodingError:
    return httpx.DecodingError("an answer without end", request=response.request)


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Limit a whole call: a time-out of httpx covers one wait. Raises httpx.ReadTimeout."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise httpx.ReadTimeout(f"no whole answer within {seconds:g} s") from None
