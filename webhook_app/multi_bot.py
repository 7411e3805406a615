"""App that serves several bots: each is an app with its own lifespan and state under /bots/NAME."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from loguru import logger
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from infra.bot_settings import PREFIX
from infra.settings import Settings
from webhook_app.api import health
from webhook_app.app import create_app
from webhook_app.http.problem_details import HANDLERS


class _Bot:
    """A bot's app, called with the bot's state instead of the outer app's."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._name = name
        self._app = create_app(settings)
        self.state: Mapping[str, Any] = {}

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        # Log lines of its background tasks name the bot, too.
        with logger.contextualize(bot=self._name):
            async with self._app.router.lifespan_context(self._app) as state:
                self.state = state or {}
                yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with logger.contextualize(bot=self._name):
            await self._app({**scope, "state": dict(self.state)}, receive, send)

    async def is_healthy(self) -> bool:
        return not any((await self.state["dependencies"].report()).values())


def create_app_of_several(settings: Mapping[str, Settings]) -> Starlette:
    bots = {name: _Bot(name, one) for name, one in settings.items()}

    @contextlib.asynccontextmanager
    async def run_all(_: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            for bot in bots.values():
                await stack.enter_async_context(bot.run())
            yield

    async def show_health(_: Request) -> Response:
        """Answer 200 when every bot is healthy. Each bot's own /health has the details."""
        is_healthy = all([await bot.is_healthy() for bot in bots.values()])
        return JSONResponse({"status": health.word(is_healthy)}, 200 if is_healthy else 503)

    app = Starlette(
        routes=[
            *(Mount(f"{PREFIX}{name}", app=bot) for name, bot in bots.items()),
            Route("/health", show_health),
        ],
        exception_handlers=HANDLERS,
        lifespan=run_all,
    )
    app.router.redirect_slashes = False
    return app
