"""Faults that tests inject into an operation: `POST /faults`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message

from infra.sandbox.broken_answers import BrokenOff, Dripping, endless, packed_bomb

type Endpoint = Callable[[Request], Awaitable[Response]]
type Platform = Literal["models", "pricing", "history", "billing"]
type Operation = (
    Literal["submit", "status", "result", "cancel", "cdn", "upload", "jwks", "run"] | Platform
)


class Fault(BaseModel, extra="forbid"):
    """A fault for the next `times` calls of an operation.

    Execution: a call is carried out only with `after`, or when it gets its own response (`status` 200 and none of
    `body`, `bomb`, `endless` and `drop`).

    Response: an error with `status`, a redirect to `location`, and Retry-After from `retry_after`; or exactly `body`
    ("" is an empty one); or a compressed `bomb`, or an `endless` body. The response comes `delay` seconds late, its
    body with a pause of `drip` seconds after each piece. With `cut` the connection breaks in the middle of the
    response, with `half` that half is sent as the whole, with `drop` the connection breaks before the response.
    """

    operation: Operation
    status: Annotated[int, Field(ge=200, le=599)] = 503
    times: Annotated[int, Field(ge=1)] = 1
    after: bool = False
    location: str | None = None
    retry_after: str | None = None
    body: str | None = None
    bomb: bool = False
    endless: bool = False
    delay: Annotated[float, Field(ge=0)] = 0
    drip: Annotated[float, Field(ge=0)] = 0
    cut: bool = False
    half: bool = False
    drop: bool = False

    @property
    def keeps_answer(self) -> bool:
        replaced = self.body is not None or self.bomb or self.endless or self.drop
        return self.status == 200 and not replaced

    async def answer(self, request: Request, endpoint: Endpoint) -> Response:
        own = await endpoint(request) if self.after or self.keeps_answer else None
        await asyncio.sleep(self.delay)
        if self.drop:
            return BrokenOff()
        answer = own if own and self.keeps_answer else self._replacement()
        if self.half:
            whole = await _read(answer)
            answer = Response(whole[: len(whole) // 2], answer.status_code)
        if self.drip:
            answer = Dripping(answer, self.drip)
        return BrokenOff(answer) if self.cut else answer

    def _replacement(self) -> Response:
        if self.bomb:
            return packed_bomb()
        if self.endless:
            return endless(self.drip)
        named = {"Location": self.location, "Retry-After": self.retry_after}
        headers = {name: value for name, value in named.items() if value is not None}
        if self.body is None:
            return JSONResponse(self._error(), self.status, headers)
        media_type = "text/html" if self.body.startswith("<") else "application/json"
        return Response(self.body, self.status, headers, media_type)

    def _error(self) -> dict[str, Any]:
        if self.operation not in {"models", "pricing", "history", "billing"}:
            return {"detail": "An injected fault"}
        kind = "rate_limited" if self.status == 429 else "server_error"
        return {"error": {"type": kind, "message": "An injected fault"}}


class Faults:
    """Injected faults, oldest first."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def guard(self, operation: Operation, endpoint: Endpoint) -> Endpoint:
        """Wrap an endpoint so that it fails when a fault was injected for its operation."""

        async def guarded(request: Request) -> Response:
            fault = self._take(operation)
            return await (fault.answer(request, endpoint) if fault else endpoint(request))

        return guarded

    async def order(self, request: Request) -> Response:
        fault = Fault.model_validate_json(await request.body())
        self._ordered.append(fault)
        return JSONResponse(fault.model_dump(), 201)

    async def clear(self, _: Request) -> Response:
        self._ordered.clear()
        return Response(status_code=204)

    def _take(self, operation: Operation) -> Fault | None:
        fault = next((fault for fault in self._ordered if fault.operation == operation), None)
        if fault is not None:
            fault.times -= 1
            if fault.times == 0:
                self._ordered.remove(fault)
        return fault


async def _read(answer: Response) -> bytes:
    """Return the bytes that a response would send as its body."""
    pieces: list[bytes] = []

    async def keep(message: Message) -> None:
        pieces.append(message.get("body", b""))

    await answer({"type": "http", "method": "GET", "headers": []}, _listen, keep)
    return b"".join(pieces)


async def _listen() -> Message:
    """Wait forever: this client never disconnects."""
    return await asyncio.Future()
