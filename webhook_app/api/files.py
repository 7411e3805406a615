"""Stored files behind signed URLs: for fal, and for users whose video is too large for Telegram."""

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from infra.errors import NotStored, StorageError
from webhook_app.state import Request

if TYPE_CHECKING:
    from infra.storage.store import Storage

# One range, as players and resumed downloads send it: https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
CONTENT_TYPES = {
    ".png": "image/png",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
}
_NO_LINK = "This link has expired or is not valid."


async def share_file(request: Request) -> Response:
    key = request.state["links"].key(request.path_params["token"])
    if key is None:
        raise HTTPException(404, _NO_LINK)
    try:
        storage = await request.state["storage"].open()
        # Responses have no validator, so an If-Range cannot match: send the whole file.
        is_whole = "If-Range" in request.headers
        asked_range = None if is_whole else request.headers.get("Range")
        return _answer(storage, key, await storage.size(key), asked_range)
    except NotStored:
        raise HTTPException(404, "This file has been deleted.") from None
    except StorageError:
        raise HTTPException(
            503, "The storage is not available; try again in a moment.", {"Retry-After": "5"}
        ) from None


def _answer(storage: "Storage", key: str, size: int, asked: str | None) -> Response:
    part = _part(asked, size)
    start, stop = part or (0, size)
    name = PurePosixPath(key).name
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(stop - start),
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    if part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return StreamingResponse(
        storage.read(key, part),
        206 if part else 200,
        headers,
        CONTENT_TYPES.get(PurePosixPath(key).suffix, "application/octet-stream"),
    )


def _part(asked: str | None, size: int) -> tuple[int, int] | None:
    """Return the range as (start, stop), or None for the whole file, also when the header is not a single range."""
    match = _RANGE.fullmatch(asked or "")
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if first and last and int(last) < int(first):
        return None
    if start >= stop:
        raise HTTPException(416, "The file is shorter.", {"Content-Range": f"bytes */{size}"})
    return start, stop
