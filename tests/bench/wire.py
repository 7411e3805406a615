"""A minimal server for fakes that must not dominate the measurement: httptools around one function.

https://github.com/MagicStack/httptools
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import httptools

# A larger body is a file, of which only the size matters.
_KEPT = 64 * 1024


@dataclass(frozen=True)
class Request:
    """`body` is its beginning, `size` all of its bytes."""

    method: str
    target: str
    body: bytes
    size: int


@dataclass(frozen=True)
class Answer:
    """A 200."""

    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


type Handler = Callable[[Request], Answer]


class Wire(asyncio.Protocol):
    def __init__(self, handle: Handler) -> None:
        self._handle = handle
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.WriteTransport | None = None
        self._reset()

    def _reset(self) -> None:
        self._target, self._body, self._size = b"", bytearray(), 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if len(self._body) < _KEPT:
            self._body += body[:_KEPT]

    def on_message_complete(self) -> None:
        method = self._parser.get_method().decode()
        request = Request(method, self._target.decode(), bytes(self._body), self._size)
        self._reset()
        self._send(self._handle(request))

    def _send(self, answer: Answer) -> None:
        assert self._transport
        headers = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            **answer.headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._transport.write(f"HTTP/1.1 200 OK\r\n{head}\r\n".encode())
        self._transport.write(answer.body)


@asynccontextmanager
async def served(handle: Handler) -> AsyncIterator[int]:
    """Serve on a free port, which is yielded."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Wire(handle), "127.0.0.1", 0, backlog=1024)
    try:
        port: int = server.sockets[0].getsockname()[1]
        yield port
    finally:
        server.close()
