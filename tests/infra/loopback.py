"""Real servers on a free port of this machine, for one test."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import HTTPProtocolType

type Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class _Server(uvicorn.Server):
    """uvicorn's server, which signals when it listens."""

    def __init__(self, app: ASGIApp, http: type[asyncio.Protocol] | HTTPProtocolType) -> None:
        super().__init__(uvicorn.Config(app, http=http, log_level="warning", lifespan="off"))
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def serve(
    app: ASGIApp, http: type[asyncio.Protocol] | HTTPProtocolType = "auto"
) -> AsyncIterator[str]:
    """Run an app; yield its base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = _Server(app, http)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    await server.listening.wait()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await running


@asynccontextmanager
async def converse(conversation: Conversation) -> AsyncIterator[str]:
    """Serve raw TCP, for behaviour that no HTTP server has; yield the base URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await conversation(reader, writer)
        finally:
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def unused_url() -> str:
    """Return an address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}"
