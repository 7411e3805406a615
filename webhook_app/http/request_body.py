"""Reading of a request's body up to a size limit; webhook_app/http/uvicorn_protocol.py limits the time."""

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive


async def read_body(receive: Receive, declared: str | None, limit: int) -> bytes:
    """Read a body of at most `limit` bytes. A larger one, `declared` or streamed, raises a 413."""
    body, is_complete = b"", False
    size = int(declared) if declared and declared.isdecimal() else 0
    while size <= limit:
        if is_complete:
            return body
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        size = len(body)
        is_complete = not message.get("more_body", False)
    raise HTTPException(413, f"The body is larger than {limit} bytes.")
