"""Faults that tests inject: `POST /faults`."""

import asyncio
from typing import Annotated

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from infra.sandbox.broken_answers import BrokenOff
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import ApiError

#: The name of a download (`/file/bot<token>/…`) in faults.
DOWNLOAD = "file"


class Fault(BaseModel, extra="forbid"):
    """A fault for the next `times` calls.

    Matching: `method` is a Bot API method, `file` for downloads, or `*` for all of them except those in `exclude`;
    `chat_id` restricts it to one chat.

    Execution: a call is carried out only with `after`, or when it gets its own response (`status` 200 without
    `body` and `drop`).

    Response: an error with `status`, `description`, `retry_after` and `migrate_to_chat_id` in the Bot API's form, or
    exactly `body` ("" is an empty one). The response comes `delay` seconds late. With `cut` the connection breaks in
    the middle of the response, with `drop` before it.
    """

    method: str
    exclude: list[str] = []
    chat_id: int | None = None
    times: Annotated[int, Field(ge=1)] = 1
    after: bool = False
    status: Annotated[int, Field(ge=200, le=599)] = 500
    description: str = ""
    retry_after: int | None = None
    migrate_to_chat_id: int | None = None
    body: str | None = None
    delay: Annotated[float, Field(ge=0)] = 0
    cut: bool = False
    drop: bool = False

    def concerns(self, method: str, parameters: Parameters) -> bool:
        if self.chat_id is not None and parameters.integer("chat_id") != self.chat_id:
            return False
        name = method.lower()
        if self.method == "*":
            return name not in {each.lower() for each in self.exclude}
        return name == self.method.lower()

    @property
    def keeps_answer(self) -> bool:
        return self.status == 200 and self.body is None and not self.drop

    @property
    def carries_out(self) -> bool:
        return self.after or self.keeps_answer

    def answer(self, own: Response) -> Response:
        """Return the response that the client gets instead of the call's own."""
        if self.drop:
            return BrokenOff()
        answer = own if self.keeps_answer else self._replacement()
        return BrokenOff(answer) if self.cut else answer

    def _replacement(self) -> Response:
        if self.body is None:
            return refused(self._error())
        media_type = "text/html" if self.body.startswith("<") else "application/json"
        return Response(self.body, self.status, media_type=media_type)

    def _error(self) -> ApiError:
        if self.status == 429:
            seconds = self.retry_after or 1
            return ApiError(429, self.description or f"retry after {seconds}", retry_after=seconds)
        return ApiError(
            self.status,
            self.description or "injected by a test",
            migrate_to_chat_id=self.migrate_to_chat_id,
        )


class Faults:
    """Injected faults, oldest first."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []
        self._closed = asyncio.Event()

    def order(self, fault: Fault) -> None:
        self._ordered.append(fault)

    def clear(self) -> None:
        self._ordered.clear()

    def take(self, method: str, parameters: Parameters) -> Fault | None:
        """Return the fault for this call, and count the call."""
        for fault in self._ordered:
            if fault.concerns(method, parameters):
                fault.times -= 1
                if fault.times == 0:
                    self._ordered.remove(fault)
                return fault
        return None

    async def wait(self, seconds: float) -> None:
        """Delay a response, at most until the server stops."""
        try:
            await asyncio.wait_for(self._closed.wait(), seconds)
        except TimeoutError:
            return

    def close(self) -> None:
        self._closed.set()


def refused(error: ApiError) -> Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
    return JSONResponse(error.answer(), error.code, headers=headers)
