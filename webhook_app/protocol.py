"""Bounds on what a stranger may send before anybody looks at it.

uvicorn's own protocol takes a head of any size and waits for the rest of a request for ever:
https://www.uvicorn.org/settings/#resource-limits
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes of a request's line and headers that may come without an end.
MAX_HEAD = 64 * 1024
#: Seconds from a request's first byte to its last, or from the connection to the first.
REQUEST_SECONDS = 15.0
#: Seconds from a request's head to its last byte: who sends bodies here are machines with a good line.
BODY_SECONDS = 5.0

_END = b"content-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + _END
# https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n" + _END


class BoundedHttpProtocol(HttpToolsProtocol):
    """Hangs up on who sends an endless head, or does not get to an end with a request.

    Most requests come in one piece, and cost no timer.
    """

    request_seconds = REQUEST_SECONDS
    body_seconds = BODY_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_complete = self._in_head = self._in_body = False
        self._head_size = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._body_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect_the_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._is_complete = False
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._check_head(len(data))
        if not self._is_complete and not self.transport.is_closing():
            self._expect_the_rest()

    def on_message_begin(self) -> None:
        self._is_complete = False
        self._in_head = True
        self._head_size = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_complete = True
        self._in_body = False
        self._expect_nothing()
        super().on_message_complete()

    def _check_head(self, received: int) -> None:
        self._head_size += received
        if self._head_size > MAX_HEAD:
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def _expect_the_rest(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.request_seconds, self.transport.close)
        if self._in_body and self._body_deadline is None:
            self._body_deadline = self.loop.call_later(self.body_seconds, self._refuse_slow_body)

    def _expect_nothing(self) -> None:
        for deadline in (self._deadline, self._body_deadline):
            if deadline:
                deadline.cancel()
        self._deadline = self._body_deadline = None

    def _refuse_slow_body(self) -> None:
        if not self.cycle.response_started:
            self.transport.write(_TOO_SLOW)
        self.transport.close()
