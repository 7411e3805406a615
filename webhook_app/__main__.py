"""`python -m webhook_app`: the front door as a process."""

import gc

import uvicorn

from infra import logging
from infra.settings import read_settings
from webhook_app.app import create_app
from webhook_app.server import server_config


def main() -> None:
    settings = read_settings()
    logging.setup(settings, "webhook_app")
    server = uvicorn.Server(server_config(settings, create_app(settings)))
    # What stands by now stays: looking through it again and again would hold up the requests.
    gc.freeze()
    server.run()


if __name__ == "__main__":
    main()
