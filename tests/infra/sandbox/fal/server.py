import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.sandbox.fal.options import Options
from infra.sandbox.fal.server import Certificate, SandboxServer


@asynccontextmanager
async def serve(options: Options, certificate: Certificate | None = None) -> AsyncIterator[str]:
    """Serve the fake over loopback in this process; yield its base URL."""
    server = SandboxServer(options, "127.0.0.1", 0, certificate)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), serving.exception()
        await asyncio.sleep(0.005)
    scheme = "https" if certificate else "http"
    try:
        yield f"{scheme}://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
