"""Composition root of webhook_app."""

import asyncio
import contextlib
import functools
import importlib
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from arq.connections import ArqRedis
from loguru import logger
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from infra.bot_settings import claim_database
from infra.observability.metrics import Meter, flushing
from infra.observability.tracing import flushing as flushing_spans
from infra.process.background import in_background
from infra.redis.client import UNAVAILABLE, connected
from infra.redis.clock import RedisClock
from infra.settings import Settings
from infra.storage.signed_urls import PATH, SignedLinks
from infra.storage.thumbnails import Thumbnails
from webhook_app.api import docs, files, health, jobs, metrics
from webhook_app.api.health_checks import Dependencies, checks
from webhook_app.api.metrics import MetricsState
from webhook_app.api.metrics_reader import MetricsReader
from webhook_app.dashboard import routes as dashboard
from webhook_app.dashboard.sessions import Sessions
from webhook_app.dashboard.state import DashboardState, open_dashboard
from webhook_app.dashboard.thumbnails import ThumbnailProcess
from webhook_app.fal import webhook as fal_webhook
from webhook_app.fal.signature_verifier import Signatures
from webhook_app.fal.webhook import FalState
from webhook_app.http.auth import AuthState, token_required
from webhook_app.http.problem_details import HANDLERS
from webhook_app.http.rate_limit import FailedAttempts
from webhook_app.http.request_id_middleware import RequestIds
from webhook_app.http.security_headers import SecurityHeaders
from webhook_app.lazy import Lazy
from webhook_app.telegram import webhook as telegram_webhook
from webhook_app.telegram.connection import TelegramConnection
from webhook_app.telegram.fast_path import FastPath
from webhook_app.telegram.webhook import TelegramState
from worker.jobs import fal_webhooks
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.operations.gauges import RedisGauges
from worker.queues.inbox import Inbox
from worker.queues.names import Clock

if TYPE_CHECKING:
    from infra.storage.store import Storage

# Clients wait for the response: fail with 503 instead of waiting until Redis has restarted.
_RETRIES = 3


class AppState(AuthState, TelegramState, FalState, MetricsState, DashboardState):
    """The whole state that the lifespan creates."""


def routes(settings: Settings) -> Sequence[Route]:
    receives = settings.tg_update_mode == "webhook"
    return [
        # In polling mode no request comes from Telegram.
        *(
            [Route(telegram_webhook.PATH, telegram_webhook.explain_refusal, methods=["POST"])]
            if receives
            else []
        ),
        # Without a public_url fal gets no webhook address.
        *(
            [Route(fal_webhooks.PATH, fal_webhook.receive_webhook, methods=["POST"])]
            if settings.public_url
            else []
        ),
        # Their URLs start with public_url, and the bot's token signs them.
        *([Route(PATH, files.share_file)] if settings.public_url and settings.tg_bot_token else []),
        # Jobs contain prompts and results: they require api_token.
        Route("/jobs", token_required(jobs.list_jobs)),
        Route("/jobs/{job_id}", token_required(jobs.show_job)),
        Route("/jobs/{job_id}/events", token_required(jobs.stream_job)),
        # The dashboard asks for the same token once.
        *dashboard.routes(),
        Route("/metrics", token_required(metrics.show_metrics)),
        # Load balancers send no token; they get the status only.
        Route("/health", health.show_health),
        Route("/version", health.show_version),
        # Public: the API's description is in the source as well.
        Route("/openapi.json", docs.show_openapi),
        Route("/docs", docs.show_page, include_in_schema=False),
        Route("/docs/{name}", docs.show_asset, include_in_schema=False),
    ]


def create_app(settings: Settings, clock: Clock | None = None) -> Starlette:
    app = FastPath(
        routes=routes(settings),
        middleware=[Middleware(RequestIds), Middleware(SecurityHeaders)],
        exception_handlers=HANDLERS,
        lifespan=functools.partial(lifespan, settings, clock),
    )
    # fal treats a redirect as a final failure.
    app.router.redirect_slashes = False
    app.takes_updates = settings.tg_update_mode == "webhook"
    return app


@contextlib.asynccontextmanager
async def lifespan(
    settings: Settings, given_clock: Clock | None, _: Starlette
) -> AsyncIterator[AppState]:
    connection, meter = TelegramConnection(), Meter()
    storage = Lazy(functools.partial(open_storage, settings))
    limits = Limits.of(settings)
    api_token, bot_token = (
        secret.get_secret_value() if secret else ""
        for secret in (settings.api_token, settings.tg_bot_token)
    )
    # A job's event stream holds a connection; its own pool keeps connections free for updates.
    async with (
        connected(settings.redis_url, retries=_RETRIES) as redis,
        connected(settings.redis_url, retries=_RETRIES) as watching,
        # A health check must fail fast; it runs again soon.
        connected(settings.redis_url, retries=1) as probing,
        contextlib.nullcontext(given_clock) if given_clock else RedisClock(redis).kept() as clock,
        contextlib.aclosing(Signatures(settings, clock)) as signatures,
        flushing(meter, redis),
        flushing_spans(),
        in_background(choose_update_source(settings, redis, connection, meter)),
        Dependencies(
            checks(settings, probing, storage, connection.check)
        ).watched() as dependencies,
    ):
        try:
            await claim_database(redis, settings)
        except UNAVAILABLE:
            # The worker claims it as well, and does not start without Redis.
            logger.warning("database owner not checked: Redis is not available")
        inbox = Inbox(redis, meter=meter)
        gauges = RedisGauges(redis, settings.team_daily_budget, clock)
        yield AppState(
            settings=settings,
            attempts=FailedAttempts(redis),
            inbox=inbox,
            enqueue=telegram_webhook.enqueue_to(inbox),
            jobs=JobStore(redis, limits, clock),
            watched_jobs=JobStore(watching, limits, clock),
            webhooks=fal_webhooks.WebhookStore(redis),
            signatures=signatures,
            dependencies=dependencies,
            links=SignedLinks(bot_token, settings.public_url or "", clock),
            storage=storage,
            metrics_reader=MetricsReader(redis, meter, gauges),
            dashboard=Lazy(functools.partial(open_dashboard, settings, redis, clock)),
            thumbnails=Thumbnails(ThumbnailProcess().draw),
            sessions=Sessions(api_token, redis, clock) if api_token else None,
        )


async def choose_update_source(
    settings: Settings, redis: ArqRedis, connection: TelegramConnection, meter: Meter
) -> None:
    try:
        # Imported in a thread: requests are already served meanwhile.
        intake = await asyncio.to_thread(importlib.import_module, "webhook_app.telegram.receiver")
        await intake.run(settings, redis, connection, meter)
    except Exception:  # noqa: BLE001 - /health reports a bug here; otherwise it surfaces only when the process ends
        logger.exception("receiving updates stopped")
        connection.report("Receiving updates failed; see the log. Restart webhook_app.")


def open_storage(settings: Settings) -> "Storage":
    # Imported on first use: obstore is slow to load, and a folder may be mounted after the start.
    from infra.storage.store import Storage

    return Storage.open(settings.media_dir, settings.storage_url)
