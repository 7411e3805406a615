"""GET /health and GET /version."""

import asyncio

from starlette.responses import JSONResponse, Response

from infra.process.version import read_version
from infra.redis.client import UNAVAILABLE
from webhook_app.api.health_checks import HealthRequest
from webhook_app.http.auth import is_owner


async def show_health(request: HealthRequest) -> Response:
    """Answer 200 when every dependency works, else 503. Only the owner sees the details."""
    report = await request.state["dependencies"].report()
    is_healthy = not any(report.values())
    content: dict[str, object] = {"status": word(is_healthy)}
    if await is_owner(request):
        content["dependencies"] = {
            name: {"status": word(not problem)} | ({"detail": problem} if problem else {})
            for name, problem in report.items()
        }
        # Silence is not a failure: polls find the same results.
        content["fal_webhooks"] = "off"
        if request.state["settings"].public_url:
            try:
                is_working = await request.state["webhooks"].are_working()
                content["fal_webhooks"] = "arriving" if is_working else "silent"
            except UNAVAILABLE:
                content["fal_webhooks"] = "unknown"
    return JSONResponse(content, 200 if is_healthy else 503)


async def show_version(request: HealthRequest) -> Response:
    """Answer with the name. Only the owner sees the version: it reveals known vulnerabilities."""
    version = await asyncio.to_thread(read_version)
    if not await is_owner(request):
        return JSONResponse({"name": version["name"]})
    return JSONResponse({name: value for name, value in version.items() if value})


def word(is_healthy: bool) -> str:  # noqa: FBT001 - a word for each of two states
    return "ok" if is_healthy else "failing"
