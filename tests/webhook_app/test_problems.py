import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.valkey import ValkeyServer
from tests.webhook_app.door import serve, settings_for
from webhook_app.problems import HANDLERS


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("DELETE", "/jobs", 405),
        ("GET", "/jobs?limit=x", 422),
        ("POST", "/telegram/webhook", 401),
    ],
)
async def test_every_error_is_a_problem_that_says_what_to_do(
    door: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    """Status, title and a sentence, in the one format for it."""
    answer = await door.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    content = answer.json()
    assert content["status"] == status
    assert content["type"] == "about:blank"
    assert content["detail"].endswith(".")
    assert content["detail"] != content["title"]


async def test_redis_away_is_a_503_that_passes(mortal_valkey: ValkeyServer) -> None:
    """Whoever asks for jobs meanwhile is told to come again."""
    async with serve(settings_for(mortal_valkey.url)) as door:
        mortal_valkey.stop()
        answer = await door.get("/jobs")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        mortal_valkey.start()
        assert (await door.get("/jobs")).status_code == 200


async def test_a_bug_is_a_500_that_tells_nothing() -> None:
    """What broke is for the log, not for whoever asked."""

    async def broken(_: Request) -> Response:
        raise RuntimeError("the secret is 42")

    app = Starlette(routes=[Route("/", broken)], exception_handlers=HANDLERS)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.get("/")
    assert answer.status_code == 500
    assert "42" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
