"""The front door's composition root."""

import asyncio
import contextlib
import functools
import importlib
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence

from arq.connections import ArqRedis
from loguru import logger
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from infra.bots import claim_database
from infra.metrics import Meter, flushing
from infra.redis import UNAVAILABLE, connect
from infra.redis_clock import RedisClock
from infra.settings import Settings
from infra.signed_links import PATH, SignedLinks
from infra.spans import flushing as flushing_spans
from webhook_app import docs, fal, files, health, jobs, metrics, telegram
from webhook_app.attempts import FailedAttempts
from webhook_app.dependencies import Check, Dependencies, check_redis, check_worker
from webhook_app.front_door import FrontDoor
from webhook_app.headers import SecurityHeaders
from webhook_app.link import TelegramLink
from webhook_app.numbers import Numbers
from webhook_app.page import endpoints as page
from webhook_app.page.late import LatePage
from webhook_app.problems import HANDLERS
from webhook_app.request_ids import RequestIds
from webhook_app.security import owner_only
from webhook_app.signatures import Signatures
from webhook_app.state import State
from webhook_app.storage import LateStorage
from worker import webhooks
from worker.job_store import JobStore
from worker.limits import Limits
from worker.queue import Clock, Inbox, Queue
from worker.snapshot import Snapshot

# Telegram and people wait for an answer: they are told to come again rather than to wait a restart out.
_RETRIES = 3
# Between two looks at a dependency. The link to Telegram is known in this process.
_STORAGE_SECONDS, _LINK_SECONDS = 30, 0.5


def routes(settings: Settings) -> Sequence[Route]:
    receives = settings.tg_update_mode == "webhook"
    return [
        # Only there when Telegram is told to come; whoever knocks in polling mode is not Telegram.
        *([Route(telegram.PATH, telegram.explain_refusal, methods=["POST"])] if receives else []),
        # The same for fal: without a public_url it is not told to come.
        *(
            [Route(webhooks.PATH, fal.receive_webhook, methods=["POST"])]
            if settings.public_url
            else []
        ),
        # Their addresses are made of public_url, and signed.
        *([Route(PATH, files.share_file)] if settings.public_url and settings.tg_bot_token else []),
        # Prompts and results are in here: for the bearer of api_token.
        Route("/jobs", owner_only(jobs.list_jobs)),
        Route("/jobs/{job_id}", owner_only(jobs.show_job)),
        Route("/jobs/{job_id}/events", owner_only(jobs.stream_job)),
        # For people who run it: by the same token, shown once.
        *page.routes(),
        Route("/metrics", owner_only(metrics.show_metrics)),
        # Load balancers ask without a token; they see the status alone.
        Route("/health", health.show_health),
        Route("/version", health.show_version),
        # No secrets: what the API looks like is in the source for everyone to read.
        Route("/openapi.json", docs.show_openapi),
        Route("/docs", docs.show_page, include_in_schema=False),
        Route("/docs/{name}", docs.show_asset, include_in_schema=False),
    ]


def create_app(settings: Settings, clock: Clock | None = None) -> Starlette:
    app = FrontDoor(
        routes=routes(settings),
        middleware=[Middleware(RequestIds), Middleware(SecurityHeaders)],
        exception_handlers=HANDLERS,
        lifespan=functools.partial(_lifespan, settings, clock),
    )
    # fal takes a redirect for a final refusal.
    app.router.redirect_slashes = False
    app.takes_updates = settings.tg_update_mode == "webhook"
    return app


@contextlib.asynccontextmanager
async def _lifespan(
    settings: Settings, given_clock: Clock | None, _: Starlette
) -> AsyncIterator[State]:
    link, storage, meter = TelegramLink(), LateStorage(settings), Meter()
    limits = Limits.of(settings)
    # Whoever watches a job keeps a connection: of a pool of their own, so that no update waits for one.
    async with (
        _redis(settings) as redis,
        _redis(settings) as watching,
        # A look is to say soon what is wrong, and comes again soon.
        _redis(settings, retries=1) as probing,
        contextlib.nullcontext(given_clock) if given_clock else _redis_clock(redis) as clock,
        contextlib.aclosing(Signatures(settings, clock)) as signatures,
        flushing(meter, redis),
        flushing_spans(),
        _in_background(_bring_updates(settings, redis, link, meter)),
        _watching(Dependencies(_checks(probing, storage, link))) as dependencies,
    ):
        await _claim_database(redis, settings)
        inbox = Inbox(redis, meter=meter)
        yield State(
            settings=settings,
            attempts=FailedAttempts(redis),
            inbox=inbox,
            hand_over=telegram.hand_over_to(inbox),
            jobs=JobStore(redis, limits, clock),
            watched_jobs=JobStore(watching, limits, clock),
            webhooks=webhooks.WebhookStore(redis),
            signatures=signatures,
            dependencies=dependencies,
            links=_links(settings, clock),
            storage=storage,
            numbers=Numbers(redis, meter, Snapshot(redis, settings.team_daily_budget, clock)),
            page=LatePage(settings, redis, clock),
        )


@contextlib.asynccontextmanager
async def _redis(settings: Settings, retries: int = _RETRIES) -> AsyncIterator[ArqRedis]:
    redis = connect(settings.redis_url, retries=retries)
    try:
        yield redis
    finally:
        await redis.aclose(close_connection_pool=True)


@contextlib.asynccontextmanager
async def _redis_clock(redis: ArqRedis) -> AsyncIterator[Clock]:
    clock = RedisClock(redis)
    async with clock.kept():
        yield clock


async def _claim_database(redis: ArqRedis, settings: Settings) -> None:
    try:
        await claim_database(redis, settings)
    except UNAVAILABLE:
        # The worker claims it as well, and does not start without Redis.
        logger.warning("Redis is away: whose database it is was not checked")


@contextlib.asynccontextmanager
async def _in_background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def _watching(dependencies: Dependencies) -> AsyncIterator[Dependencies]:
    async with _in_background(dependencies.watch()):
        yield dependencies


async def _bring_updates(
    settings: Settings, redis: ArqRedis, link: TelegramLink, meter: Meter
) -> None:
    try:
        # Loads while the door is open already.
        intake = await asyncio.to_thread(importlib.import_module, "webhook_app.intake")
        await intake.run(settings, redis, link, meter)
    except Exception:  # noqa: BLE001 - a bug here must be seen on /health, not at the end of the process
        logger.exception("No updates come in any more")
        link.report("Bringing updates in broke; the log says why. Restart the front door.")


def _links(settings: Settings, clock: Clock) -> SignedLinks:
    token = settings.tg_bot_token.get_secret_value() if settings.tg_bot_token else ""
    return SignedLinks(token, settings.public_url or "", clock)


def _checks(redis: ArqRedis, storage: LateStorage, link: TelegramLink) -> Mapping[str, Check]:
    workers = {queue.value: Check(functools.partial(check_worker, redis, queue)) for queue in Queue}
    return {
        "redis": Check(functools.partial(check_redis, redis)),
        **workers,
        # It writes, reads and deletes a file.
        "storage": Check(storage.check, every=_STORAGE_SECONDS),
        "telegram": Check(link.check, every=_LINK_SECONDS),
    }
