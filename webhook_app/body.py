"""Reading a request's body, up to a limit."""

import asyncio

from starlette.exceptions import HTTPException

from webhook_app.state import Request

# Both who send bodies here are machines with a good line; a body is a few kilobytes.
_SECONDS = 5.0


async def read_body(request: Request, limit: int, seconds: float = _SECONDS) -> bytes:
    """Read at most `limit` bytes; more, declared or streamed, is a 413, and too slow a body a 408."""
    _check_size(_declared_size(request), limit)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                _check_size(len(body), limit)
    except TimeoutError:
        detail = f"The body did not come within {seconds:g} seconds."
        # https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9
        raise HTTPException(408, detail, {"Connection": "close"}) from None
    return bytes(body)


def _declared_size(request: Request) -> int:
    declared = request.headers.get("Content-Length", "0")
    return int(declared) if declared.isdecimal() else 0


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise HTTPException(413, f"At most {limit} bytes are taken.")
