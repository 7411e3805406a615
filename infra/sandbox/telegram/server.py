import socket

import uvicorn

from infra.sandbox.telegram.app import create_app
from infra.sandbox.telegram.sandbox import SandboxSettings


class SandboxServer(uvicorn.Server):
    """The fake as a server that stops at once, although users and the bot hold streams open."""

    def __init__(self, settings: SandboxSettings, host: str, port: int) -> None:
        self._app = create_app(settings)
        super().__init__(
            uvicorn.Config(self._app, host=host, port=port, access_log=False, log_level="warning")
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Uvicorn waits here for open requests to end, which takes the whole timeout of a long poll.
        self._app.state.sandbox.close_streams()
        await super().shutdown(sockets)
