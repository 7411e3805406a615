"""Failures that tests and the curious order for an operation: `POST /faults`."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.sandbox.fal.connections import Connections

type Endpoint = Callable[[Request], Awaitable[Response]]
Operation = Literal["submit", "status", "result", "cancel", "cdn", "upload"]


class Fault(BaseModel):
    """What the next `times` calls of an operation meet instead of an answer.

    With `after` the operation is carried out first, and only its answer is lost.
    """

    operation: Operation
    status: Annotated[int, Field(ge=400, le=599)] = 503
    drop: bool = False
    after: bool = False
    times: Annotated[int, Field(ge=1)] = 1


class Faults:
    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._ordered: list[Fault] = []

    def guard(self, operation: Operation, endpoint: Endpoint) -> Endpoint:
        """The endpoint, failing when a fault was ordered for its operation."""

        async def guarded(request: Request) -> Response:
            fault = self._take(operation)
            if fault is None:
                return await endpoint(request)
            if fault.after:
                await endpoint(request)
            if fault.drop:
                return self._connections.drop(request)
            return JSONResponse({"detail": "A fault that was ordered"}, fault.status)

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
