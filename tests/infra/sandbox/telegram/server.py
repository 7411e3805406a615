import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.sandbox.telegram.server import SandboxServer


@asynccontextmanager
async def serve(settings: SandboxSettings, port: int = 0) -> AsyncIterator[str]:
    """Serve the fake over loopback in this process; yield its base URL."""
    server = SandboxServer(settings, "127.0.0.1", port)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), serving.exception()
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
