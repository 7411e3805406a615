"""GET /page/thumbnails/{job_id}."""

from pathlib import PurePosixPath

from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from infra.errors import NotStored, StorageError
from webhook_app.api.files import CONTENT_TYPES
from webhook_app.state import Request
from worker.model import is_job_id


async def show_thumbnail(request: Request) -> Response:
    job_id: str = request.path_params["job_id"]
    job = await request.state["jobs"].get(job_id) if is_job_id(job_id) else None
    key = job.thumbnail_key if job else None
    if key is None:
        raise HTTPException(404, "This job has no image.")
    try:
        storage = await request.state["storage"].open()
        size = await storage.size(key)
    except NotStored:
        raise HTTPException(404, "This image has been deleted.") from None
    except StorageError:
        raise HTTPException(503, "The storage is not available.", {"Retry-After": "5"}) from None
    kind = CONTENT_TYPES.get(PurePosixPath(key).suffix, "application/octet-stream")
    headers = {"Content-Length": str(size), "Cache-Control": "private, max-age=86400"}
    return StreamingResponse(storage.read(key), headers=headers, media_type=kind)
