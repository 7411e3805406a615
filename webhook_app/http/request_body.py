"""Reading of a request's body up to a size limit; webhook_app/http/uvicorn_protocol.py limits the time."""

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive


async def read_body(receive: Receive, declared: str | None, limit: int) -> bytes:
    """Read a body of at most `limit` bytes. A larger one, `declared` or streamed, raises a 413."""
    _check_size(int(declared) if declared and declared.isdecimal() else 0, limit)
    body, is_complete = b"", False
    while not is_complete:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        _check_size(len(body), limit)
        is_complete = not message.get("more_body", False)
    return body


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise HTTPException(413, f"The body is larger than {limit} bytes.")
