"""The page, made when it is first looked at: most doors never show it, and templates take time and memory to load."""

import asyncio
import functools
from typing import TYPE_CHECKING

from arq.connections import ArqRedis
from starlette.requests import Request as StarletteRequest

from infra.settings import Settings
from webhook_app.api.health_checks import HealthState
from webhook_app.dashboard.sessions import Sessions
from worker.queues.names import Clock

if TYPE_CHECKING:
    from webhook_app.dashboard.data import BoardReader
    from webhook_app.dashboard.templates import Drawing


class LatePage:
    def __init__(self, settings: Settings, redis: ArqRedis, clock: Clock) -> None:
        token = settings.api_token
        self.sessions = Sessions(token.get_secret_value(), redis, clock) if token else None
        self._open = functools.cache(functools.partial(_open, settings, redis, clock))

    async def open(self) -> tuple["Drawing", "BoardReader"]:
        return await asyncio.to_thread(self._open)


def _open(settings: Settings, redis: ArqRedis, clock: Clock) -> tuple["Drawing", "BoardReader"]:
    from webhook_app.dashboard.data import BoardReader
    from webhook_app.dashboard.templates import Drawing

    return Drawing(clock), BoardReader(redis, settings, clock)


class DashboardState(HealthState):
    page: LatePage


type DashboardRequest = StarletteRequest[DashboardState]
