"""A load generator for HTTP/1.1 over kept connections, one request at a time on each, optimised for bytes.

`measure_ceiling` measures its limit, so that it is not mistaken for a server's.
"""

import asyncio
import re
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

from tests.bench.figures import percentile

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass
class Answers:
    """Seconds from the time a request was due to its answer, and the count of each status."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0

    @property
    def rate(self) -> float:
        return self.statuses[200] / self.seconds

    @property
    def p50(self) -> float:
        return percentile(self.latencies, 0.5)

    @property
    def p99(self) -> float:
        return percentile(self.latencies, 0.99)

    def check(self) -> "Answers":
        assert set(self.statuses) == {200}, f"not only 200: {dict(self.statuses)}"
        return self


def post(path: str, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def end_of_answer(buffer: bytes) -> int | None:
    """Return where the first answer ends, None while it is incomplete."""
    head = buffer.find(_HEAD_END)
    if head < 0:
        return None
    body = head + len(_HEAD_END)
    if length := _LENGTH.search(buffer, 0, head):
        end = body + int(length[1])
        return end if len(buffer) >= end else None
    if b"chunked" not in buffer[:head].lower():
        return body
    last = buffer.find(_LAST_CHUNK, head + 2)
    return None if last < 0 else last + len(_LAST_CHUNK)


class Connection(asyncio.Protocol):
    """Send one request, and call back with the status when it is answered, or when the server has closed."""

    def __init__(
        self,
        on_answer: Callable[["Connection", int], None],
        on_loss: Callable[["Connection"], None],
    ) -> None:
        self._on_answer = on_answer
        self._on_loss = on_loss
        self._buffer = b""
        self._transport: asyncio.WriteTransport | None = None
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        #: The unanswered request, and when it was due.
        self.request: bytes | None = None
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def send(self, request: bytes, due: float) -> None:
        assert self._transport
        self.request, self.due = request, due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = end_of_answer(self._buffer)
        if end is not None:
            status, self._buffer = int(self._buffer[9:12]), self._buffer[end:]
            self.request = None
            self._on_answer(self, status)

    def connection_lost(self, _: Exception | None) -> None:
        self.lost.set_result(None)
        self._on_loss(self)

    def close(self) -> None:
        if self._transport:
            self._transport.close()


class Load:
    """A pool of connections to one port, each reopened when the server closes it; use it within `connected`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: deque[Connection] = deque()
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._answers = Answers()
        self._settled = asyncio.Event()
        self._next: Callable[[], bytes | None] = lambda: None
        self._open = 0
        self._is_closing = False
        self._connecting: set[asyncio.Task[None]] = set()

    async def connect(self) -> None:
        """Add a connection."""
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(self._take, self._lose), "127.0.0.1", self._port
        )
        self._idle.append(connection)
        if self._waiting:
            self._send(*self._waiting.popleft())

    async def close(self) -> None:
        self._is_closing = True
        for task in self._connecting:
            task.cancel()
        for connection in self._idle:
            connection.close()
        await asyncio.gather(*(connection.lost for connection in self._idle))

    async def flood(self, requests: Iterator[bytes], seconds: float) -> Answers:
        """Send as fast as possible: every connection sends its next request after each answer."""
        started = self._begin()
        until = started + seconds
        self._next = lambda: next(requests, None) if time.perf_counter() < until else None
        for _ in range(len(self._idle)):
            if request := self._next():
                self._send(request, time.perf_counter())
        return await self._end(started)

    async def pace(self, requests: Iterator[bytes], rate: float, seconds: float) -> Answers:
        """Send this many a second, whether the server keeps up or not; times count from when a request was due."""
        started = self._begin()
        loop, offset = asyncio.get_running_loop(), asyncio.get_running_loop().time() - started
        for number in range(int(rate * seconds)):
            due = started + number / rate
            loop.call_at(due + offset, self._offer, next(requests), due)
        await asyncio.sleep(seconds)
        return await self._end(started)

    async def one(self, request: bytes) -> float:
        """Send one request; return the seconds to its answer."""
        started = self._begin()
        self._send(request, started)
        return (await self._end(started)).check().latencies[0]

    def offer(self, request: bytes) -> None:
        """Send it as soon as a connection is free, without waiting for the answer."""
        self._offer(request, time.perf_counter())

    def _begin(self) -> float:
        self._answers = Answers()
        return time.perf_counter()

    async def _end(self, started: float) -> Answers:
        while self._open or self._waiting:
            self._settled.clear()
            await asyncio.wait_for(self._settled.wait(), 60)
        self._next = lambda: None
        self._answers.seconds = time.perf_counter() - started
        return self._answers

    def _offer(self, request: bytes, due: float) -> None:
        if self._idle:
            self._send(request, due)
        else:
            self._waiting.append((request, due))

    def _send(self, request: bytes, due: float) -> None:
        self._open += 1
        self._idle.popleft().send(request, due)

    def _take(self, connection: Connection, status: int) -> None:
        now = time.perf_counter()
        self._open -= 1
        self._answers.latencies.append(now - connection.due)
        self._answers.statuses[status] += 1
        self._idle.append(connection)
        if self._waiting:
            self._send(*self._waiting.popleft())
        elif request := self._next():
            self._send(request, now)
        else:
            self._settled.set()

    def _lose(self, connection: Connection) -> None:
        """Servers close idle connections; a request that meets the close is sent again."""
        if self._is_closing:
            return
        if connection.request is not None:
            self._open -= 1
            self._waiting.appendleft((connection.request, connection.due))
        else:
            self._idle.remove(connection)
        task = asyncio.create_task(self._connect_again())
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect_again(self) -> None:
        with suppress(OSError):
            await self.connect()


@asynccontextmanager
async def connected(port: int, connections: int) -> AsyncIterator[Load]:
    load = Load(port)
    try:
        for _ in range(connections):
            await load.connect()
        yield load
    finally:
        await load.close()
