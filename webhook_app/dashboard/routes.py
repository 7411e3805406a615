"""The operator's page at /: what is being made, how everything stands, and two deeds.

It works without JavaScript; with it, it changes by itself, by server-sent events.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from loguru import logger
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from infra.redis.client import UNAVAILABLE
from webhook_app.dashboard.login import (
    HEADERS,
    ask_for_token,
    is_member,
    log_in,
    log_out,
    members_only,
    visit_of,
)
from webhook_app.dashboard.state import DashboardRequest
from webhook_app.dashboard.thumbnails import show_thumbnail
from webhook_app.http.auth import Endpoint
from worker.jobs import cancellation

_ASSETS = Path(__file__).parent / "assets"
_SERVED = {"page.css", "page.js", "mark.svg"}
#: Seconds between two looks at whether anything has changed.
_LIVE_SECONDS = 2


def routes() -> Sequence[Route]:
    return [
        Route("/", show_page, include_in_schema=False),
        Route("/page/live", members_only(stream_board), include_in_schema=False),
        Route("/page/thumbnails/{job_id}", members_only(show_thumbnail), include_in_schema=False),
        _deed("/page/cancel/{job_id}", members_only(cancel)),
        _deed("/page/retry/{poison_id}", members_only(retry)),
        _deed("/page/log-in", log_in),
        _deed("/page/log-out", members_only(log_out)),
        # No secrets: how the page looks is in the source for everyone to read.
        Route("/page/{name}", show_asset, include_in_schema=False),
    ]


async def show_page(request: DashboardRequest) -> Response:
    if not await is_member(request):
        return await ask_for_token(request)
    return HTMLResponse(await _draw(request, "page.html"), headers=HEADERS)


async def stream_board(request: DashboardRequest) -> Response:
    return EventSourceResponse(_changes(request), ping=15)


async def show_asset(request: DashboardRequest) -> Response:
    name: str = request.path_params["name"]
    if name not in _SERVED:
        raise HTTPException(404)
    return FileResponse(_ASSETS / name, headers={"Cache-Control": "no-cache"})


async def cancel(request: DashboardRequest) -> Response:
    """As its author may; whoever speaks to fal carries it out."""
    jobs = request.state["jobs"]
    if job := await jobs.get(request.path_params["job_id"]):
        await cancellation.wish(jobs, job)
        logger.info("Job {}: the operator does not want it", job.id)
    return _back(request)


async def retry(request: DashboardRequest) -> Response:
    """Let work that was set aside be tried once more."""
    reader = (await request.state["dashboard"].open()).reader
    for poison in await reader.poisons.get_all():
        if poison.id == request.path_params["poison_id"]:
            await reader.poisons.retry(poison)
            logger.info("{}: the operator lets it be tried again", poison.id)
    return _back(request)


def _back(request: DashboardRequest) -> Response:
    return RedirectResponse(visit_of(request).address, 303)


async def _changes(request: DashboardRequest) -> AsyncIterator[ServerSentEvent]:
    told = ""
    try:
        while await is_member(request):
            drawn = await _draw(request, "live.html")
            if drawn != told:
                told = drawn
                yield ServerSentEvent(drawn, event="board")
            await asyncio.sleep(_LIVE_SECONDS)
    except UNAVAILABLE as error:
        # A stream can only break off; the page comes again by itself.
        logger.warning("Redis is away ({}): a page's stream ends", type(error).__name__)


async def _draw(request: DashboardRequest, name: str) -> str:
    drawing, reader = await request.state["dashboard"].open()
    visit = visit_of(request)
    board = await reader.read(visit.place)
    troubles = await request.state["dependencies"].report()
    return drawing.board(
        name, visit, board, troubles, can_log_out=request.state["sessions"] is not None
    )


def _deed(path: str, endpoint: Endpoint) -> Route:
    return Route(path, endpoint, methods=["POST"], include_in_schema=False)
