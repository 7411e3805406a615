"""State of dashboard requests: the sessions, and the dashboard, which loads on first use.

Most processes never show it, and its templates take time and memory to load.
"""

from typing import TYPE_CHECKING, NamedTuple

from arq.connections import ArqRedis
from starlette.requests import Request as StarletteRequest

from infra.settings import Settings
from infra.storage.thumbnails import Thumbnails
from webhook_app.api.health_checks import HealthState
from webhook_app.dashboard.sessions import Sessions
from webhook_app.lazy import Lazy
from worker.queues.names import Clock

if TYPE_CHECKING:
    from webhook_app.dashboard.data import DashboardReader
    from webhook_app.dashboard.templates import Templates


class Dashboard(NamedTuple):
    templates: "Templates"
    reader: "DashboardReader"


class DashboardState(HealthState):
    """`sessions` is None without an api_token: login is not possible then."""

    dashboard: Lazy[Dashboard]
    thumbnails: Thumbnails
    sessions: Sessions | None


type DashboardRequest = StarletteRequest[DashboardState]


def open_dashboard(settings: Settings, redis: ArqRedis, clock: Clock) -> Dashboard:
    from webhook_app.dashboard.data import DashboardReader
    from webhook_app.dashboard.templates import Templates

    return Dashboard(Templates(clock), DashboardReader(redis, settings, clock))
