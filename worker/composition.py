"""Composition root of the worker: the tasks of each queue and their dependencies."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

import httpx
from aiogram import Bot
from arq.connections import ArqRedis

from infra.fal.client import FalClient
from infra.fal.images import Images
from infra.fal.videos import Videos
from infra.http_client import create_client
from infra.i18n import Texts
from infra.observability.metrics import Meter
from infra.settings import Settings
from infra.storage.file_urls import Links
from infra.storage.signed_urls import SignedLinks
from infra.storage.store import Storage
from infra.telegram.bot import FLOOD_TIMEOUT, create_bot
from infra.telegram.delivery import Delivery
from infra.telegram.files import TelegramFiles
from worker.bot.admin_alerts import AdminAlerts
from worker.bot.commands import set_commands
from worker.bot.dispatcher import create_dispatcher, handle
from worker.bot.options.catalog import OptionCatalog
from worker.bot.services.admin_contacts import Contacts
from worker.bot.services.error_messages import ErrorMessages
from worker.generation.collect import collect
from worker.generation.context import Generation, PollingPolicy
from worker.generation.deliver import deliver
from worker.generation.progress import Progress
from worker.generation.reconcile import reconcile
from worker.generation.send_attempts import Attempts
from worker.generation.submit import submit
from worker.generation.track import plan, track
from worker.jobs.duration_stats import Durations
from worker.jobs.fal_webhooks import WebhookStore
from worker.jobs.message_index import MessageIndex
from worker.jobs.migrations import Backfill
from worker.jobs.schedule import JobSchedule
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.limits import Limits
from worker.limits.slots import Slots
from worker.operations.dead_letters import DeadLetterStore
from worker.operations.retention import Retention
from worker.queues.delayed_updates import PostponedUpdates
from worker.queues.drain import Conversation, drain, recover
from worker.queues.inbox import Inbox
from worker.queues.names import Clock, Queue, Task
from worker.users.allowlist import AccessList
from worker.users.store import UserStore

# Concurrent downloads of results: a video may have 50 MB, and all of them together may use 40 MB of memory.
_FETCHES = {Queue.IMAGES: 16, Queue.VIDEOS: 3}

#: Folder in `media_dir` for files before they reach the storage or fal.
INCOMING = ".incoming"

type Work = dict[str, Callable[..., Awaitable[None]]]


def compose(  # noqa: PLR0913, PLR0917 - the dependencies of a worker
    queue: Queue,
    settings: Settings,
    redis: ArqRedis,
    stack: AsyncExitStack,
    meter: Meter | None = None,
    clock: Clock = time.time,
) -> Work:
    """Return the functions of a queue by task name; the stack closes the resources that they use."""
    token = settings.tg_bot_token.get_secret_value() if settings.tg_bot_token else ""
    talks, meter = queue is Queue.UPDATES, meter or Meter()
    # A generation step that has to wait is deferred by the schedule; it does not sleep.
    bot = create_bot(
        token,
        settings.tg_api_base,
        FLOOD_TIMEOUT if talks else 0,
        meter,
        settings.tg_proxy,
        is_local=settings.tg_api_local,
    )
    stack.push_async_callback(bot.session.close)
    if talks:
        return _update_tasks(settings, redis, bot, meter, clock)
    return _generation_tasks(queue, settings, redis, bot, stack, meter, clock)


def _update_tasks(
    settings: Settings, redis: ArqRedis, bot: Bot, meter: Meter, clock: Clock
) -> Work:
    texts, users = Texts(), UserStore(redis)
    files = Storage.open(settings.media_dir, settings.storage_url)
    users = UserStore(redis)
    dispatcher = create_dispatcher(
        settings=settings,
        redis=redis,
        jobs=JobStore(redis, Limits.of(settings), clock, meter=meter),
        users=users,
        texts=texts,
        clock=clock,
        files=files,
    )
    inbox = Inbox(redis, meter=meter)
    error_messages = ErrorMessages(bot, AccessList(redis, settings), users, texts)
    conversation = Conversation(
        inbox,
        partial(handle, dispatcher, bot),
        error_messages.send,
        Delivery(bot).probe,
        meter,
        clock,
    )
    return {
        Task.DRAIN: partial(drain, conversation),
        Task.RESUME: partial(PostponedUpdates(redis).resume, inbox),
        "recover": partial(recover, conversation),
        "introduce": partial(set_commands, bot, texts, users, settings.tg_admin_user_ids),
        "sweep": Retention(files, settings.media_keep_days, clock).run,
    }


def _generation_tasks(  # noqa: PLR0913, PLR0917 - the dependencies of a worker
    queue: Queue,
    settings: Settings,
    redis: ArqRedis,
    bot: Bot,
    stack: AsyncExitStack,
    meter: Meter,
    clock: Clock,
) -> Work:
    http, telegram_http = (
        create_client(proxy=proxy) for proxy in (settings.fal_proxy, settings.tg_proxy)
    )
    stack.push_async_callback(http.aclose)
    stack.push_async_callback(telegram_http.aclose)
    fal = _fal(settings, http, meter)
    delivery, texts, limits = Delivery(bot), Texts(), Limits.of(settings)
    jobs, users = JobStore(redis, limits, clock, meter=meter), UserStore(redis)
    admins, attempts = settings.tg_admin_user_ids, Attempts(redis, jobs, delivery)
    storage = Storage.open(settings.media_dir, settings.storage_url)
    messages, contacts = MessageIndex(redis), Contacts(users, admins)
    generation = Generation(
        queue=queue,
        jobs=jobs,
        due=JobSchedule(redis, queue),
        slots=Slots(redis, limits),
        ledger=Ledger(redis, clock),
        backfill=Backfill(redis),
        dead_letters=DeadLetterStore(redis, jobs),
        webhooks=WebhookStore(redis),
        durations=Durations(redis),
        public_url=settings.public_url,
        fal=fal,
        images=Images(fal),
        videos=Videos(fal),
        storage=storage,
        incoming=settings.media_dir / INCOMING,
        telegram_files=TelegramFiles(
            telegram_http, settings.tg_api_base, bot.token, is_local=settings.tg_api_local
        ),
        links=_links(settings, storage, bot.token, clock),
        delivery=delivery,
        attempts=attempts,
        messages=messages,
        users=users,
        contacts=contacts,
        progress=Progress(redis, jobs, attempts, texts, contacts, messages),
        alerts=AdminAlerts(redis, delivery, users, texts, admins),
        catalog=OptionCatalog(settings),
        texts=texts,
        polling=_polling_policy(queue, settings),
        clock=clock,
        meter=meter,
        fetching=asyncio.Semaphore(_FETCHES[queue]),
    )
    return {
        Task.PREPARE: partial(submit, generation),
        Task.SUBMIT: partial(submit, generation),
        Task.TRACK: partial(track, generation),
        Task.COLLECT: partial(collect, generation),
        Task.DELIVER: partial(deliver, generation),
        "plan": partial(plan, generation),
        "reconcile": partial(reconcile, generation),
    }


def _fal(settings: Settings, http: httpx.AsyncClient, meter: Meter) -> FalClient:
    return FalClient(
        http,
        api_key=settings.fal_api_key.get_secret_value() if settings.fal_api_key else None,
        queue_base_url=settings.fal_queue_base_url,
        rest_base_url=settings.fal_rest_base_url,
        meter=meter,
    )


def _links(settings: Settings, storage: Storage, token: str, clock: Clock) -> Links | None:
    signed = SignedLinks(token, settings.public_url, clock) if settings.public_url else None
    return Links.choose(storage, signed, direct=settings.storage_links == "storage")


def _polling_policy(queue: Queue, settings: Settings) -> PollingPolicy:
    if queue is Queue.VIDEOS:
        return PollingPolicy(
            settings.video_poll_interval, settings.video_max_wait_sec, safety_interval=30
        )
    return PollingPolicy(settings.image_poll_interval, settings.image_max_wait_sec)
