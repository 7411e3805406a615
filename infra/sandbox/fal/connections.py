"""Open connections, so that one can be closed in the middle of a request."""

import asyncio
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol


class Connections:
    def __init__(self) -> None:
        self._open: dict[tuple[object, ...], asyncio.Transport] = {}

    def protocol(self) -> type[asyncio.Protocol]:
        """Return a protocol class for uvicorn's `http` option that registers its connections here."""
        connections = self._open

        class Registered(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
                super().connection_made(transport)
                connections[_peer(transport)] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                connections.pop(_peer(self.transport), None)
                super().connection_lost(exc)

        return cast("type[asyncio.Protocol]", Registered)

    def drop(self, request: Request) -> Response:
        """Close this request's connection; the returned response is never sent."""
        if request.client is not None:
            self._open[request.client.host, request.client.port].abort()
        return Response(status_code=500)


def _peer(transport: asyncio.BaseTransport) -> tuple[object, ...]:
    # A client that has already disconnected has no peer name.
    return tuple(transport.get_extra_info("peername") or ())[:2]
