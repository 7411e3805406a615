"""Configuration of uvicorn for webhook_app."""

import uvicorn
from starlette.applications import Starlette

from infra.settings import Settings
from webhook_app.http.uvicorn_protocol import BoundedHttpProtocol, ConnectionLimits


def server_config(settings: Settings, app: Starlette) -> uvicorn.Config:
    # uvicorn takes a class and passes no arguments of ours.
    class Protocol(BoundedHttpProtocol):
        limits = ConnectionLimits(settings.trusted_proxies)

    return uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="on",
        # Others could forge X-Forwarded-For.
        forwarded_allow_ips=[str(network) for network in settings.trusted_proxies],
        log_config=None,  # infra.observability.logging is set up already
        access_log=False,  # it costs a fifth of the throughput, and the proxy has one
        server_header=False,
        timeout_graceful_shutdown=5,
    )
