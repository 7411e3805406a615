"""What tests change about the models without a queue: `/direct`. These routes are the fake's own."""

import asyncio
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.sandbox.fal.errors import infrastructure_failure

type Mode = Literal["refuse", "nonsense", "wrong_language", "error", "empty", "partial"]


class Behaviour(BaseModel, extra="forbid"):
    """How a model behaves until it is changed again.

    `delay` is seconds; `status` an error without an answer. `mode` replaces the answer of the language model, `answer`
    is exactly its answer; `drops_tokens` loses tokens such as ⟦1⟧. `transcript` is what the speech model hears.
    """

    delay: Annotated[float, Field(ge=0, le=120)] = 0
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    mode: Mode | None = None
    answer: str | None = None
    drops_tokens: bool = False
    transcript: str | None = None

    async def apply(self) -> None:
        """Wait and fail as configured."""
        await asyncio.sleep(self.delay)
        if self.status is not None:
            raise infrastructure_failure(
                self.status, "runner_scheduling_failure", "No runner is available"
            )


class DirectControl:
    def __init__(self) -> None:
        self.behaviour = Behaviour()

    def routes(self) -> list[Route]:
        return [
            Route("/direct", self.show, methods=["GET"]),
            Route("/direct", self.change, methods=["PUT"]),
            Route("/direct", self.reset, methods=["DELETE"]),
        ]

    async def show(self, _: Request) -> Response:
        return JSONResponse(self.behaviour.model_dump())

    async def change(self, request: Request) -> Response:
        self.behaviour = Behaviour.model_validate_json(await request.body())
        return await self.show(request)

    async def reset(self, _: Request) -> Response:
        self.behaviour = Behaviour()
        return Response(status_code=204)
