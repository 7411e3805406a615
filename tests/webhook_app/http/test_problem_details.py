import json
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.processes import ROOT
from tests.valkey import ValkeyServer
from tests.webhook_app.client import serve, settings_for
from webhook_app.api.openapi import OPERATIONS
from webhook_app.http.problem_details import HANDLERS, PHRASES, problem


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("DELETE", "/jobs", 405),
        ("GET", "/jobs?limit=x", 422),
        ("POST", "/telegram/webhook", 401),
    ],
)
async def test_every_error_is_a_problem_with_the_next_step(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    """Status, title and a sentence, in one format."""
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    content = answer.json()
    assert content["status"] == status
    assert content["type"] == "about:blank"
    assert content["detail"].endswith(".")
    assert content["detail"] != content["title"]


def test_titles_are_the_standards() -> None:
    """Python 3.12 and 3.13 name some statuses differently; the title is the same in both."""
    for status, title in (
        (413, "Content Too Large"),
        (414, "URI Too Long"),
        (416, "Range Not Satisfiable"),
        (422, "Unprocessable Content"),
    ):
        assert json.loads(bytes(problem(status, "Why.").body))["title"] == title


def test_every_status_has_a_title() -> None:
    """Every status that the code or Starlette raises has one."""
    sources = (ROOT / "webhook_app").rglob("*.py")
    raised = re.findall(
        r"(?:HTTPException|problem)\((\d{3})", "".join(map(Path.read_text, sources))
    )
    described = {status for one in OPERATIONS.values() for status in (*one.answers, *one.errors)}
    assert {*map(int, raised), *described} <= PHRASES.keys()


async def test_redis_outage_is_a_503_with_retry_after(mortal_valkey: ValkeyServer) -> None:
    """A client that asks for jobs meanwhile is asked to retry."""
    async with serve(settings_for(mortal_valkey.url)) as client:
        mortal_valkey.stop()
        answer = await client.get("/jobs")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        mortal_valkey.start()
        assert (await client.get("/jobs")).status_code == 200


async def test_bug_is_a_500_without_details() -> None:
    """The cause is in the log, not in the response."""

    async def broken(_: Request) -> Response:
        raise RuntimeError("the secret is 42")

    app = Starlette(routes=[Route("/", broken)], exception_handlers=HANDLERS)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.get("/")
    assert answer.status_code == 500
    assert "42" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
