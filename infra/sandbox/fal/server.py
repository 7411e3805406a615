from dataclasses import dataclass

import uvicorn

from infra.sandbox.fal.app import create_app
from infra.sandbox.fal.connections import Connections
from infra.sandbox.fal.options import Options


@dataclass(frozen=True)
class Certificate:
    """Where the chain and its private key are kept, both in PEM."""

    chain: str
    key: str


class SandboxServer(uvicorn.Server):
    """The stand-in as a server, which can also close a connection without an answer."""

    def __init__(
        self, options: Options, host: str, port: int, certificate: Certificate | None = None
    ) -> None:
        connections = Connections()
        super().__init__(
            uvicorn.Config(
                create_app(options, connections),
                host=host,
                port=port,
                http=connections.protocol(),
                ssl_certfile=certificate.chain if certificate else None,
                ssl_keyfile=certificate.key if certificate else None,
                # Addresses carry callers' webhook tokens.
                access_log=False,
                proxy_headers=False,
                log_level="warning",
                # An open status stream must not hold up a stop.
                timeout_graceful_shutdown=1,
            )
        )
