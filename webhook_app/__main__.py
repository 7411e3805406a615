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

    SIGTERM and SIGINT stop it after the requests in progress.
    """
    bots = read_bots()
    for settings in bots.values():
        logging.setup(settings, "webhook_app")
        for warning in warnings(settings):
            logger.warning(warning)
        tracing.setup(settings, "webhook_app")
    # Settings of the process are the same for all bots.
    settings = next(iter(bots.values()))
    app = create_app_of_several(bots) if any(bots) else create_app(settings)
    server = uvicorn.Server(server_config(settings, app))
    # Objects that exist now stay alive; scanning them in each collection would delay requests.
    gc.freeze()
    server.run()


if __name__ == "__main__":
    web()
