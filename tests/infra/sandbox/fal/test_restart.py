import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.infra.loopback import serve
from tests.infra.sandbox.fal.account import SCHNELL, SMALL, Account, Submitted, account
from tests.processes import Process, eventually, free_port

pytestmark = pytest.mark.slow

REQUESTS = 4


async def _jwks(http: httpx.AsyncClient) -> object:
    return (await http.get("/.well-known/jwks.json")).json()


async def _ask(me: Account, hook: str) -> list[Submitted]:
    body = {"prompt": "a cat", "image_size": SMALL}
    return [await me.submit(SCHNELL, body, fal_webhook=hook) for _ in range(REQUESTS)]


async def test_killed_fake_resumes_its_requests(tmp_path: Path) -> None:
    """Queued and running requests complete once, are announced, and signed by the same key."""
    announced: list[str] = []

    async def take(request: Request) -> Response:
        announced.append((await request.json())["request_id"])
        return Response()

    base = f"http://127.0.0.1:{free_port()}"
    where = ("--port", base.rpartition(":")[2], "--data", str(tmp_path / "data"))
    process = Process("fal", ("-m", "infra.sandbox.fal", "--pace", "0.5", *where), {}, tmp_path)
    async with serve(Starlette(routes=[Route("/", take, methods=["POST"])])) as hook:
        try:
            process.start()
            await asyncio.to_thread(process.wait_for, f"{base}/requests")
            async with account(base, "me") as me:
                keys = await _jwks(me.http)
                submitted = await _ask(me, hook)
                await submitted[0].reaches("IN_PROGRESS")
                await submitted[-1].reaches("IN_QUEUE")
                process.kill()
                process.start()
                await asyncio.to_thread(process.wait_for, f"{base}/requests")
                for request in submitted:
                    assert (await request.end()).status_code == 200
                assert [listed["billed"] for listed in await me.requests()] == [1] * REQUESTS
                assert await _jwks(me.http) == keys

            async def all_announced() -> bool:
                return len(announced) >= REQUESTS

            await eventually(all_announced, "webhooks")
        finally:
            process.stop()
    assert sorted(announced) == sorted(request.request_id for request in submitted)
    said = process.log.read_text()
    assert submitted[0].request_id in said
    assert "a cat" not in said
    assert "secret" not in said
