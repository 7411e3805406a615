"""`python -m webhook_app`: the front door as a process."""

import uvicorn

from infra import logging
from infra.settings import read_settings
from webhook_app.app import create_app
from webhook_app.server import server_config


def main() -> None:
    settings = read_settings()
    logging.setup(settings, "webhook_app")
    uvicorn.Server(server_config(settings, create_app(settings))).run()


if __name__ == "__main__":
    main()
