"""Stored files behind signed URLs: for fal, and for users whose video is too large for Telegram."""

import re
from pathlib import PurePosixPath

from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from infra.errors import NotStored, StorageError
from webhook_app.state import Request

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
        size = await storage.size(key)
    except NotStored:
        raise HTTPException(404, "This file has been deleted.") from None
    except StorageError:
        raise HTTPException(
            503, "The storage is not available; try again in a moment.", {"Retry-After": "5"}
        ) from None
    # Responses have no validator, so an If-Range cannot match: send the whole file.
    asked = None if "If-Range" in request.headers else request.headers.get("Range")
    part = parse_range(asked, size)
    start, stop = part or (0, size)
    path = PurePosixPath(key)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(stop - start),
        "Content-Disposition": f'attachment; filename="{path.name}"',
    }
    if part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    media_type = CONTENT_TYPES.get(path.suffix, "application/octet-stream")
    return StreamingResponse(storage.read(key, part), 206 if part else 200, headers, media_type)


def parse_range(asked: str | None, size: int) -> tuple[int, int] | None:
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
