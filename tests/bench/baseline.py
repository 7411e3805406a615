"""The baseline of row 1: the same server and settings; each update costs one bare round trip to Redis."""

import contextlib
from collections.abc import AsyncIterator
from typing import TypedDict

import uvicorn
from arq.connections import ArqRedis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.redis.client import connect
from infra.settings import Settings, read_settings
from tests.bench.updates import PATH
from webhook_app.server import server_config


class _State(TypedDict):
    redis: ArqRedis


async def _receive(request: Request[_State]) -> Response:
    await request.state["redis"].ping()
    return Response()


def _app(settings: Settings) -> Starlette:
    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[_State]:
        redis = connect(settings.redis_url)
        yield {"redis": redis}
        await redis.aclose(close_connection_pool=True)

    return Starlette(routes=[Route(PATH, _receive, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    settings = read_settings()
    uvicorn.Server(server_config(settings, _app(settings))).run()
