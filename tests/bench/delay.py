"""A proxy that delays traffic between the product and Redis.

python -m tests.bench.delay PORT SOCKET SECONDS
"""

import asyncio
import selectors
import sys
from collections import deque
from typing import cast


class _End(asyncio.Protocol):
    """One end of a connection; it sends what the other end receives, `delay` seconds later."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._on_their_way: deque[bytes] = deque()
        self._transport: asyncio.WriteTransport | None = None
        self.other: _End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._on_their_way.append(data)
        asyncio.get_running_loop().call_later(self._delay, self._pass_on)

    def connection_lost(self, _: Exception | None) -> None:
        if self.other:
            self.other.close()

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def _pass_on(self) -> None:
        data = self._on_their_way.popleft()
        if self.other and self.other._transport:  # noqa: SLF001 - the other end of the same class
            self.other._transport.write(data)  # noqa: SLF001


class _Entrance(_End):
    """The accepting end; what arrives before the other end connects waits in the kernel."""

    def __init__(self, delay: float, socket: str) -> None:
        super().__init__(delay)
        self._socket = socket
        self._opening: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        cast(asyncio.Transport, transport).pause_reading()
        self._opening = asyncio.create_task(self._open(cast(asyncio.Transport, transport)))

    async def _open(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        _, exit_ = await loop.create_unix_connection(lambda: _End(self._delay), self._socket)
        self.other, exit_.other = exit_, self
        transport.resume_reading()


async def _serve(port: int, socket: str, delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Entrance(delay, socket), "127.0.0.1", port)
    await server.serve_forever()


def _loop() -> asyncio.AbstractEventLoop:
    # Other event loops have no resolution below a millisecond.
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


if __name__ == "__main__":
    _, port, socket, seconds = sys.argv
    with asyncio.Runner(loop_factory=_loop) as runner:
        runner.run(_serve(int(port), socket, float(seconds)))
