"""`python -m webhook_app`: the front door as a process."""

import sys

import uvicorn
from pydantic import ValidationError

from infra import logging
from infra.settings import Settings
from webhook_app.app import create_app


def main() -> None:
    settings = _read_settings()
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


def _read_settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        # pydantic's own text quotes what was given, tokens included.
        problems = (
            ": ".join((*map(str, item["loc"]), item["msg"]))
            for item in error.errors(include_input=False, include_context=False)
        )
        sys.exit("The settings are not right:\n  " + "\n  ".join(problems))


if __name__ == "__main__":
    main()
