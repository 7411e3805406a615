"""fal's queue with one request in it, over loopback: a test says how it stands, and sees who asks."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

REQUEST_ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"
ADDRESS = f"/fal-ai/flux/requests/{REQUEST_ID}"
PICTURE = {"url": "https://v3.fal.media/files/a.png", "width": 8, "height": 8}
RUNNING = {"status": "IN_PROGRESS", "request_id": REQUEST_ID}
COMPLETED = {"status": "COMPLETED", "request_id": REQUEST_ID}


async def _at_once() -> None:
    await asyncio.sleep(0)


class Fal:
    """`meanwhile` happens while a caller waits for the answer to a submit or to a status call."""

    def __init__(self) -> None:
        self.begin_anew()
        self.app = Starlette(
            routes=[
                Route(f"{ADDRESS}/status", self._status),
                Route(ADDRESS, self._result),
                Route("/{endpoint:path}", self._submit, methods=["POST"]),
            ]
        )

    def begin_anew(self) -> None:
        """Forget what the last test said and did: starting a server for each takes a while."""
        self.status: dict[str, Any] = RUNNING
        self.result: dict[str, Any] = {"images": [PICTURE], "seed": 7}
        self.submit_answers: list[int] = []
        self.meanwhile: Callable[[], Awaitable[None]] = _at_once
        self.webhook_urls: list[str | None] = []
        self.asked: list[str] = []

    async def _submit(self, request: Request) -> Response:
        self.webhook_urls.append(request.query_params.get("fal_webhook"))
        await self.meanwhile()
        if self.submit_answers and (status := self.submit_answers.pop(0)) != 200:
            return JSONResponse({"detail": "no"}, status)
        address = f"{str(request.base_url).rstrip('/')}{ADDRESS}"
        urls = {"status_url": f"{address}/status", "cancel_url": f"{address}/cancel"}
        return JSONResponse({"request_id": REQUEST_ID, "response_url": address, **urls})

    async def _status(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        await self.meanwhile()
        return JSONResponse(self.status)

    async def _result(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return JSONResponse(self.result)
