"""GET /jobs: a page of jobs, one job, and a stream of a job's changes."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from loguru import logger
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from infra.redis.client import UNAVAILABLE, dumps
from webhook_app.api.schemas import CURSOR, PUBLIC_STATUSES
from webhook_app.http.problem_details import InvalidRequest
from webhook_app.state import Request
from worker.model import TERMINAL, WAITING, Job, Status, is_job_id

_HEARTBEAT = 15


class Query(BaseModel):
    """Query parameters of GET /jobs."""

    model_config = ConfigDict(extra="forbid")

    user: int | None = None
    status: frozenset[Status] = frozenset()
    cursor: Annotated[str, Field(pattern=CURSOR)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20

    @field_validator("status")
    @classmethod
    def check_public(cls, statuses: frozenset[Status]) -> frozenset[Status]:
        if statuses - set(PUBLIC_STATUSES):
            raise ValueError(f"must be one of {', '.join(PUBLIC_STATUSES)}")
        return statuses

    @classmethod
    def of(cls, params: QueryParams) -> Self:
        """Raises InvalidRequest with a message for each parameter."""
        given: dict[str, Any] = dict(params)
        if "status" in given:
            parts = params.getlist("status")
            given["status"] = [word for part in parts for word in part.split(",")]
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            messages = {str(item["loc"][0]): item["msg"] for item in error.errors()}
            raise InvalidRequest(messages) from None


async def list_jobs(request: Request) -> Response:
    query = Query.of(request.query_params)
    statuses = query.status | WAITING if Status.CREATED in query.status else query.status
    page = await request.state["jobs"].page(
        user_id=query.user, statuses=statuses, cursor=query.cursor, limit=query.limit
    )
    further: dict[str, Any] = {"cursor": page.cursor} if page.cursor else {}
    if page.damaged:
        further["damaged"] = [{"id": one.id, "reason": one.reason} for one in page.damaged]
    return JSONResponse({"jobs": [view(job) for job in page.jobs], **further})


async def show_job(request: Request) -> Response:
    return JSONResponse(view(await find_job(request)))


async def stream_job(request: Request) -> Response:
    """Send the job now and after every change, until it has ended."""
    job = await find_job(request)
    if job.status in TERMINAL and request.headers.get("Last-Event-ID") == _event_id(job):
        # 204 stops a client from reconnecting: https://html.spec.whatwg.org/multipage/server-sent-events.html
        return Response(status_code=204)
    changes = request.state["watched_jobs"].watch(job.id, _HEARTBEAT)

    async def events() -> AsyncIterator[ServerSentEvent]:
        sent: Job | None = None
        try:
            async with contextlib.aclosing(changes):
                async for changed in changes:
                    if changed != sent:
                        sent = changed
                        yield ServerSentEvent(dumps(view(changed)).decode(), id=_event_id(changed))
        except UNAVAILABLE as error:
            # A stream cannot report an error; its client reconnects by itself.
            logger.warning("event stream closed, Redis is not available: {}", type(error).__name__)

    return EventSourceResponse(events(), ping=_HEARTBEAT)


# Telegram's file ids are left out: they are valid for this bot only.
_FILE_FIELDS = {"key", "content_type", "size", "width", "height", "duration"}


def view(job: Job) -> dict[str, Any]:
    """Return the job as JSON, without unknown values and without fal's URLs."""
    seen = {
        "id": job.id,
        "kind": job.request.kind,
        "status": Status.CREATED if job.status in WAITING else job.status,
        "user_id": job.request.user_id,
        "chat_id": job.request.chat_id,
        "prompt": job.request.prompt,
        "model": job.request.model,
        "options": job.request.options,
        "created_at": _iso(job.created_at),
        "updated_at": _iso(job.updated_at),
        "running_since": _iso(job.running_since),
        "finished_at": _iso(job.finished_at),
        "position": job.position,
        "seed": job.seed,
        "failure": job.failure,
        "detail": job.detail,
        "files": [file.model_dump(include=_FILE_FIELDS, exclude_none=True) for file in job.files],
    }
    return {name: value for name, value in seen.items() if value is not None}


def _iso(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


async def find_job(request: Request) -> Job:
    job_id: str = request.path_params["job_id"]
    jobs = request.state["jobs"]
    if is_job_id(job_id):
        if job := await jobs.get(job_id):
            return job
        if damaged := await jobs.get_damaged(job_id):
            raise HTTPException(410, f"The job's record is damaged: {damaged.reason}.")
    raise HTTPException(404, "No job has this id.")


def _event_id(job: Job) -> str:
    return str(int(job.updated_at * 1000))
