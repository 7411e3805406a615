"""Reading a request's body, up to a limit of size; webhook_app/protocol.py limits its time."""

from starlette.exceptions import HTTPException

from webhook_app.state import Request


async def read_body(request: Request, limit: int) -> bytes:
    """Read at most `limit` bytes; more, declared or streamed, is a 413."""
    _check_size(_declared_size(request), limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        _check_size(len(body), limit)
    return bytes(body)


def _declared_size(request: Request) -> int:
    declared = request.headers.get("Content-Length", "0")
    return int(declared) if declared.isdecimal() else 0


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise HTTPException(413, f"At most {limit} bytes are taken.")
