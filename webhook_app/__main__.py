"""`python -m webhook_app`: the front door as a process."""

import uvicorn

from infra import logging
from infra.settings import read_settings
from webhook_app.app import create_app


def main() -> None:
    settings = read_settings()
    logging.setup(settings, "webhook_app")
    config = uvicorn.Config(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,  # ours is set up already
        access_log=False,  # a fifth of the throughput, and the proxy has one
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
