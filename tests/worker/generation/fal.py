"""A fake fal queue over loopback, whose requests all have the state that the test sets."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

REQUEST_ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"
_REQUESTS = "/fal-ai/flux/requests"
ADDRESS = f"{_REQUESTS}/{REQUEST_ID}"
PICTURE = {"url": "https://v3.fal.media/files/a.png", "width": 8, "height": 8}
RUNNING = {"status": "IN_PROGRESS", "request_id": REQUEST_ID}
COMPLETED = {"status": "COMPLETED", "request_id": REQUEST_ID}
CANCELLED = COMPLETED | {"error": "Request was cancelled", "error_type": "client_cancelled"}
REMOVED: tuple[int, dict[str, Any]] = (200, {"status": "CANCELLED"})
REQUESTED: tuple[int, dict[str, Any]] = (202, {"status": "CANCELLATION_REQUESTED"})
TOO_LATE: tuple[int, dict[str, Any]] = (400, {"status": "ALREADY_COMPLETED"})


async def _at_once() -> None:
    await asyncio.sleep(0)


class Fal:
    """Count calls and set their answers; `meanwhile` runs while a submit, a status call or a cancel waits."""

    def __init__(self) -> None:
        self.reset()
        self.app = Starlette(
            routes=[
                Route(f"{_REQUESTS}/{{request_id}}/status", self._status),
                Route(f"{_REQUESTS}/{{request_id}}", self._result),
                Route(f"{_REQUESTS}/{{request_id}}/cancel", self._cancel, methods=["PUT"]),
                Route("/{endpoint:path}", self._submit, methods=["POST"]),
            ]
        )

    def reset(self) -> None:
        """Reset everything: starting a server for each test takes a while."""
        self.status: dict[str, Any] = RUNNING
        self.status_code = 200
        self.result: Any = {"images": [PICTURE], "seed": 7}
        self.result_status = 200
        self.bill: dict[str, str] = {}
        self.submit_answers: list[int] = []
        self.cancel_answer: tuple[int, dict[str, Any]] = REMOVED
        self.meanwhile: Callable[[], Awaitable[None]] = _at_once
        self.webhook_urls: list[str | None] = []
        self.asked: list[str] = []

    async def _submit(self, request: Request) -> Response:
        self.webhook_urls.append(request.query_params.get("fal_webhook"))
        await self.meanwhile()
        if self.submit_answers and (status := self.submit_answers.pop(0)) != 200:
            return JSONResponse({"detail": "no"}, status)
        number = len(self.webhook_urls) - 1
        request_id = f"{REQUEST_ID[: -len(str(number))]}{number}" if number else REQUEST_ID
        address = f"{str(request.base_url).rstrip('/')}{_REQUESTS}/{request_id}"
        urls = {"status_url": f"{address}/status", "cancel_url": f"{address}/cancel"}
        return JSONResponse({"request_id": request_id, "response_url": address, **urls})

    async def _status(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        await self.meanwhile()
        return JSONResponse(self.status, self.status_code)

    async def _cancel(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        await self.meanwhile()
        status, content = self.cancel_answer
        return JSONResponse(content, status)

    async def _result(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return JSONResponse(self.result, self.result_status, self.bill)

    def stop(self) -> None:
        """Complete a cancellation."""
        self.status = CANCELLED
        self.result, self.result_status = CANCELLED, 499
