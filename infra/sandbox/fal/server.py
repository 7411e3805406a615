from dataclasses import dataclass

import uvicorn

from infra.sandbox.fal.app import create_app
from infra.sandbox.fal.connections import Connections
from infra.sandbox.fal.options import Options


@dataclass(frozen=True)
class Certificate:
    """Paths of the certificate chain and its private key, both in PEM."""

    chain: str
    key: str


class SandboxServer(uvicorn.Server):
    """The fal fake as a server that can also close a connection without a response."""

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
                # URLs contain the webhook tokens of callers.
                access_log=False,
                proxy_headers=False,
                log_level="warning",
                # An open status stream must not delay shutdown.
                timeout_graceful_shutdown=1,
            )
        )
