"""GET /page/thumbnails/{job_id}."""

import asyncio
from pathlib import Path

from loguru import logger
from starlette.exceptions import HTTPException
from starlette.responses import Response

from infra.errors import BrokenResult, NotStored, StorageError
from infra.process.child import run_child
from webhook_app.dashboard.state import DashboardRequest
from worker.model import is_job_id

_CHILD_SECONDS = 10


class ThumbnailProcess:
    """Draws thumbnails in child processes, one at a time: webhook_app has no decoder."""

    def __init__(self) -> None:
        self._one = asyncio.Semaphore(1)

    async def draw(self, path: Path) -> bytes:
        """Return the thumbnail of an image. Raises BrokenResult if the child has too little memory or time."""
        async with self._one:
            try:
                code, drawn = await run_child("infra.images.thumbnail", bytes(path), _CHILD_SECONDS)
            except TimeoutError:
                raise BrokenResult("Drawing the thumbnail takes too long.") from None
        if code:
            raise BrokenResult(f"The process that draws the thumbnail exited with {code}.")
        return drawn


async def show_thumbnail(request: DashboardRequest) -> Response:
    job_id: str = request.path_params["job_id"]
    job = await request.state["jobs"].get(job_id) if is_job_id(job_id) else None
    file = job.shown_file if job else None
    if file is None or file.thumbnail_key is None:
        raise HTTPException(404, "This job has no image.")
    try:
        storage = await request.state["storage"].open()
        source = file.key if file.is_picture else None
        thumbnail = await request.state["thumbnails"].read(storage, file.thumbnail_key, source)
    except NotStored:
        raise HTTPException(404, "This image has been deleted.") from None
    except StorageError:
        raise HTTPException(503, "The storage is not available.", {"Retry-After": "5"}) from None
    except BrokenResult as error:
        logger.warning("thumbnail not drawn: job {}: {}", job_id, error)
        thumbnail = b""
    if not thumbnail:
        raise HTTPException(404, "This image cannot be shown small.")
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(thumbnail, headers=headers, media_type="image/jpeg")
