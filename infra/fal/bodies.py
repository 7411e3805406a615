"""Reading of response bodies with a size limit, also on decompressed bodies."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

#: Request uncompressed bodies: a compressed one can expand a thousandfold.
IDENTITY = {"Accept-Encoding": "identity"}
#: Bytes of a JSON response, compressed or not.
MAX_ANSWER = 2 * 1024 * 1024

_PACKED = frozenset({"gzip", "x-gzip", "deflate"})


def encoding(response: httpx.Response) -> str:
    """Return the body's content encoding; empty for none."""
    named = str(response.headers.get("content-encoding", "")).strip().lower()
    return "" if named == "identity" else named


async def read_body(response: httpx.Response, max_bytes: int = MAX_ANSWER) -> bytes:
    """Read a streamed response. Raises httpx.DecodingError for a body that is too large or has an unknown encoding."""
    packing = encoding(response)
    if packing and packing not in _PACKED:
        raise httpx.DecodingError("unexpected content encoding", request=response.request)
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > max_bytes:
            break
    if packing and len(body) <= max_bytes:
        # A gateway may compress although identity was requested, and losing the response to a submit costs money.
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
        try:
            body = bytearray(unpacker.decompress(body, max_bytes + 1))
        except zlib.error:
            raise httpx.DecodingError(
                "cannot decompress the body", request=response.request
            ) from None
    if len(body) > max_bytes:
        raise httpx.DecodingError("the body is too large", request=response.request)
    return bytes(body)


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Limit a whole call: a timeout of httpx covers one wait only. Raises httpx.ReadTimeout."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise httpx.ReadTimeout(f"no complete response within {seconds:g} s") from None
