"""Reading a request's body, up to a limit of size; webhook_app/http/uvicorn_protocol.py limits its time."""

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive


async def read_body(receive: Receive, declared: str | None, limit: int) -> bytes:
    """Read at most `limit` bytes; more, `declared` as its length or streamed, is a 413."""
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
        raise HTTPException(413, f"At most {limit} bytes are taken.")
