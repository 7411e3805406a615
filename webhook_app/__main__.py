"""`darkroom web`: webhooks, API and dashboard as a process."""

import gc

import click
import uvicorn
from loguru import logger

from infra.bot_settings import read_bots
from infra.cli import CONTEXT
from infra.observability import logging, tracing
from infra.production_rules import warnings
from webhook_app.app import create_app
from webhook_app.multi_bot import create_app_of_several
from webhook_app.server import server_config


@click.command(context_settings=CONTEXT)
def web() -> None:
    """Serve webhooks, the API and the dashboard.

    It stops on SIGTERM and SIGINT, after the requests that are under way.
    """
    bots = read_bots()
    for settings in bots.values():
        logging.setup(settings, "webhook_app")
        for warning in warnings(settings):
            logger.warning(warning)
        tracing.setup(settings, "webhook_app")
    # What is about the process is the same for all of them.
    settings = next(iter(bots.values()))
    app = create_app_of_several(bots) if any(bots) else create_app(settings)
    server = uvicorn.Server(server_config(settings, app))
    # What stands by now stays: looking through it again and again would hold up the requests.
    gc.freeze()
    server.run()


if __name__ == "__main__":
    web()
