"""Dashboard at /: live jobs and status, with buttons to cancel a job and to retry a dead letter.

It works without JavaScript; with it, server-sent events update the page.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
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
    login_or_token_required,
    login_required,
    query_of,
)
from webhook_app.dashboard.spending import download_spending
from webhook_app.dashboard.state import DashboardRequest
from webhook_app.dashboard.thumbnails import show_thumbnail
from worker.jobs import cancellation
from worker.limits.limits import OrderRefused

_ASSETS = Path(__file__).parent / "assets"
_SERVED = {"page.css", "page.js", "mark.svg"}
#: Seconds between two checks for changes.
_LIVE_SECONDS = 2


def routes() -> Sequence[Route]:
    hidden = partial(Route, include_in_schema=False)
    action = partial(hidden, methods=["POST"])
    return [
        Route("/spending.csv", login_or_token_required(download_spending)),
        hidden("/", show_page),
        hidden("/page/live", login_required(stream_board)),
        hidden("/page/ranking", login_required(show_ranking)),
        hidden("/page/spending", login_required(show_spending)),
        hidden("/page/thumbnails/{job_id}", login_required(show_thumbnail)),
        action("/page/cancel/{job_id}", login_required(cancel)),
        action("/page/retry/{dead_letter_id}", login_required(retry)),
        action("/page/log-in", log_in),
        action("/page/log-out", login_required(log_out)),
        # Public: the assets contain no data.
        hidden("/page/{name}", show_asset),
    ]


async def show_page(request: DashboardRequest) -> Response:
    if not await is_member(request):
        return await ask_for_token(request)
    return HTMLResponse(await _draw(request, "page.html"), headers=HEADERS)


async def stream_board(request: DashboardRequest) -> Response:
    async def events() -> AsyncIterator[ServerSentEvent]:
        sent = ""
        try:
            while await is_member(request):
                drawn = await _draw(request, "live.html")
                if drawn != sent:
                    sent = drawn
                    yield ServerSentEvent(drawn, event="dashboard")
                await asyncio.sleep(_LIVE_SECONDS)
        except UNAVAILABLE as error:
            # A stream cannot report an error; the page reconnects by itself.
            logger.warning(
                "dashboard stream closed, Redis is not available: {}", type(error).__name__
            )

    return EventSourceResponse(events(), ping=15)


async def show_ranking(request: DashboardRequest) -> Response:
    """Show how the team's votes rank the models."""
    templates, reader = await request.state["dashboard"].open()
    page = templates.render_ranking(query_of(request), await reader.rankings.read())
    return HTMLResponse(page, headers=HEADERS)


async def show_spending(request: DashboardRequest) -> Response:
    """Show what was spent, by user, model and day."""
    templates, reader = await request.state["dashboard"].open()
    page = templates.render_spending(query_of(request), await reader.read_spending())
    return HTMLResponse(page, headers=HEADERS)


async def show_asset(request: DashboardRequest) -> Response:
    name: str = request.path_params["name"]
    if name not in _SERVED:
        raise HTTPException(404)
    return FileResponse(_ASSETS / name, headers={"Cache-Control": "no-cache"})


async def cancel(request: DashboardRequest) -> Response:
    """Request the cancellation of a job; a worker carries it out."""
    jobs = request.state["jobs"]
    if job := await jobs.get(request.path_params["job_id"]):
        await cancellation.request_cancellation(jobs, job)
        logger.info("cancellation requested on the dashboard: job {}", job.id)
    return RedirectResponse(query_of(request).address, 303)


async def retry(request: DashboardRequest) -> Response:
    """Retry a dead letter."""
    reader = (await request.state["dashboard"].open()).reader
    for dead_letter in await reader.dead_letters.get_all():
        if dead_letter.id == request.path_params["dead_letter_id"]:
            try:
                await reader.dead_letters.retry(dead_letter)
            except OrderRefused as refused:
                raise HTTPException(409, f"{refused}: raise it in /admin, then retry.") from None
            logger.info("retry requested on the dashboard: dead letter {}", dead_letter.id)
    return RedirectResponse(query_of(request).address, 303)


async def _draw(request: DashboardRequest, name: str) -> str:
    templates, reader = await request.state["dashboard"].open()
    query = query_of(request)
    data = await reader.read(query.place)
    problems = await request.state["dependencies"].report()
    return templates.render_dashboard(
        name, query, data, problems, can_log_out=request.state["sessions"] is not None
    )
