"""Composition root of the worker: the tasks of each queue and their dependencies."""

import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

from aiogram import Bot
from arq.connections import ArqRedis
from httpx import AsyncClient

from infra.fal.client import FalClient
from infra.fal.direct_run import DirectRuns
from infra.fal.history import History
from infra.fal.images import Images
from infra.fal.language_model import LanguageModel
from infra.fal.models.platform import ONCE, Platform
from infra.fal.speech import SpeechModel
from infra.fal.stored_data import RECORDING_DAYS, StoredData
from infra.fal.videos import Videos
from infra.http_client import create_client
from infra.i18n import Texts
from infra.observability.metrics import Meter
from infra.settings import Settings
from infra.storage.file_urls import Links
from infra.storage.signed_urls import SignedLinks
from infra.storage.store import Storage
from infra.telegram.bot import create_bot
from infra.telegram.delivery import Delivery
from infra.telegram.files import TelegramFiles
from infra.telegram.throttle import MessageRates, Throttle
from worker.bot.admin_alerts import AdminAlerts
from worker.bot.commands import set_commands
from worker.bot.dispatcher import create_dispatcher, handle
from worker.bot.options.catalog import OptionCatalog
from worker.bot.profile import set_profile
from worker.bot.services.admin_contacts import Contacts
from worker.bot.services.error_messages import ErrorMessages
from worker.bot.services.progress_cards import ProgressCards
from worker.comparisons.store import ComparisonStore
from worker.generation.adopt import Adopter
from worker.generation.bills import Bills
from worker.generation.cancel import Canceller
from worker.generation.captions import Captions
from worker.generation.card_lock import CardLock
from worker.generation.collect import Collector
from worker.generation.comparing import Comparing
from worker.generation.crash_limit import CrashLimit
from worker.generation.deliver import Deliverer
from worker.generation.downloads import Downloads
from worker.generation.finish import Finisher
from worker.generation.inputs import InputImages
from worker.generation.inquire import Inquirer
from worker.generation.job_task import job_task
from worker.generation.kept_orders import KeptOrders
from worker.generation.lease import LeasedSteps
from worker.generation.paid_request import PaidRequest
from worker.generation.policies import PollingPolicy
from worker.generation.poll import Poller
from worker.generation.poll_interval import PollIntervals
from worker.generation.prepare import Preparer
from worker.generation.progress import Progress
from worker.generation.reconcile import reconcile
from worker.generation.result_sender import ResultSender
from worker.generation.resume import Resumer
from worker.generation.retry import Retries
from worker.generation.send_attempts import Attempts
from worker.generation.submit import Submitter
from worker.generation.track import Tracker
from worker.generation.webhook_result import WebhookHandler
from worker.jobs.duration_stats import Durations
from worker.jobs.fal_webhooks import WebhookStore
from worker.jobs.inquiries import Inquiries
from worker.jobs.job_set import JobSets
from worker.jobs.message_index import MessageIndex
from worker.jobs.migrations import Backfill
from worker.jobs.packing import Packing
from worker.jobs.schedule import JobSchedule
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.limits import Limits
from worker.limits.slots import Slots
from worker.operations.dead_letters import DeadLetterStore
from worker.operations.model_watch import ModelWatch
from worker.operations.reconcile import NightlyReconciliation
from worker.operations.retention import Retention
from worker.prompt_helper.charges import Charges
from worker.prompt_helper.transcription import Listener
from worker.prompt_helper.transcripts import Transcripts
from worker.prompt_helper.translation import Translator
from worker.queues.delayed_updates import PostponedUpdates
from worker.queues.drain import Conversation, drain, recover
from worker.queues.inbox import Inbox
from worker.queues.names import Clock, Queue, Task
from worker.users.allowlist import AccessList
from worker.users.store import UserStore

# Concurrent downloads of results: a video may have 50 MB, and all of them together may use 30 MB of memory.
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
    rates = MessageRates(
        per_second=settings.tg_messages_per_second,
        chat_per_second=settings.tg_chat_messages_per_second,
        group_per_minute=settings.tg_group_messages_per_minute,
    )
    throttle = Throttle(redis, rates, meter)
    bot = create_bot(
        token,
        settings.tg_api_base,
        throttle,
        meter,
        settings.tg_proxy,
        is_local=settings.tg_api_local,
    )
    stack.push_async_callback(bot.session.close)
    if talks:
        return compose_updates(settings, redis, bot, stack, meter, clock)
    return compose_generation(queue, settings, redis, bot, throttle, stack, meter, clock)


def compose_updates(  # noqa: PLR0913, PLR0917 - the dependencies of a worker
    settings: Settings,
    redis: ArqRedis,
    bot: Bot,
    stack: AsyncExitStack,
    meter: Meter,
    clock: Clock,
) -> Work:
    texts, users = Texts(), UserStore(redis)
    http, telegram_files = _open(settings, bot, stack)
    runs = DirectRuns.open(settings, http, meter)
    files = Storage.open(settings.media_dir, settings.storage_url)
    dispatcher = create_dispatcher(
        settings=settings,
        redis=redis,
        jobs=JobStore(redis, Limits.of(settings), clock, meter=meter),
        users=users,
        texts=texts,
        clock=clock,
        files=files,
        language_model=LanguageModel(runs, settings.text_model) if settings.text_model else None,
        listener=Listener(
            telegram_files,
            _fal(settings, http, meter, StoredData(RECORDING_DAYS)),
            SpeechModel(runs, settings.speech_model),
            Transcripts(redis),
            Charges(redis, Limits.of(settings), clock),
            settings.media_dir / INCOMING,
        )
        if settings.speech_model
        else None,
    )
    inbox = Inbox(redis, meter=meter)
    alerts = AdminAlerts(redis, Delivery(bot), users, texts, settings.tg_admin_user_ids)
    error_messages = ErrorMessages(bot, AccessList(redis, settings), users, texts)
    conversation = Conversation(
        inbox,
        partial(handle, dispatcher, bot),
        error_messages.send,
        Delivery(bot).probe,
        meter,
        clock,
    )

    async def introduce() -> None:
        await set_commands(bot, texts, users, settings.tg_admin_user_ids)
        await set_profile(bot, texts)

    return {
        Task.DRAIN: partial(drain, conversation),
        Task.RESUME: partial(PostponedUpdates(redis).resume, inbox),
        "recover": partial(recover, conversation),
        "introduce": introduce,
        "sweep": Retention(files, settings.media_keep_days, clock).run,
        "reconcile-bills": NightlyReconciliation(
            settings, redis, alerts.tell_all, texts, clock
        ).run,
        "pack": Packing(redis).run,
        "watch-models": ModelWatch(settings, redis, alerts.tell_all, texts).run,
    }


def _open(settings: Settings, bot: Bot, stack: AsyncExitStack) -> tuple[AsyncClient, TelegramFiles]:
    """Open the HTTP client of fal and the downloads from Telegram, each with its proxy."""
    http, telegram_http = (
        create_client(proxy=proxy) for proxy in (settings.fal_proxy, settings.tg_proxy)
    )
    stack.push_async_callback(http.aclose)
    stack.push_async_callback(telegram_http.aclose)
    files = TelegramFiles(
        telegram_http, settings.tg_api_base, bot.token, is_local=settings.tg_api_local
    )
    return http, files


def _fal(settings: Settings, http: AsyncClient, meter: Meter, stored: StoredData) -> FalClient:
    return FalClient(
        http,
        api_key=settings.fal_api_key.get_secret_value() if settings.fal_api_key else None,
        queue_base_url=settings.fal_queue_base_url,
        rest_base_url=settings.fal_rest_base_url,
        stored=stored,
        meter=meter,
    )


def compose_generation(  # noqa: PLR0913, PLR0917 - the dependencies of a worker
    queue: Queue,
    settings: Settings,
    redis: ArqRedis,
    bot: Bot,
    throttle: Throttle,
    stack: AsyncExitStack,
    meter: Meter,
    clock: Clock,
) -> Work:
    http, telegram_files = _open(settings, bot, stack)
    limits, polling = Limits.of(settings), polling_policy(queue, settings)
    admins, incoming = settings.tg_admin_user_ids, settings.media_dir / INCOMING
    # Stores in Redis.
    jobs, schedule = JobStore(redis, limits, clock, meter=meter), JobSchedule(redis, queue)
    slots, webhooks, durations = Slots(redis, limits), WebhookStore(redis), Durations(redis)
    users, messages, sets = UserStore(redis), MessageIndex(redis), JobSets(redis, jobs)
    # Services.
    stored = StoredData(settings.fal_media_lifetime, settings.fal_store_io)
    fal = _fal(settings, http, meter, stored)
    storage = Storage.open(settings.media_dir, settings.storage_url)
    own = SignedLinks(bot.token, settings.public_url, clock) if settings.public_url else None
    links = Links.choose(storage, own, direct=settings.storage_links == "storage")
    delivery, texts, contacts = Delivery(bot), Texts(), Contacts(users, admins)
    attempts = Attempts(redis, jobs, delivery)
    # Parts of several steps.
    card_lock = CardLock(redis)
    cards = ProgressCards(texts, contacts, jobs.clock)
    progress = Progress(jobs, sets, attempts, cards, messages, card_lock, throttle)
    alerts = AdminAlerts(redis, delivery, users, texts, admins)
    comparing = Comparing(jobs, sets, ComparisonStore(redis))
    finisher = Finisher(jobs, schedule, sets, comparing, webhooks, progress, alerts)
    retries = Retries(jobs, progress, alerts, meter)
    canceller = Canceller(jobs, fal, finisher)
    steps = LeasedSteps(jobs, schedule)
    intervals = PollIntervals(durations, webhooks, schedule, polling)
    poller = Poller(
        jobs, webhooks, durations, fal, progress, finisher, canceller, polling, intervals
    )
    translator = None
    if settings.text_model:
        model = LanguageModel(DirectRuns.open(settings, http, meter), settings.text_model)
        translator = Translator(redis, model, Charges(redis, limits, clock))
        stack.push_async_callback(translator.close)
    adopter, inquiries = Adopter(jobs, fal, poller, polling), Inquiries(redis, queue)
    preparer = Preparer(
        jobs,
        steps,
        InputImages(jobs, telegram_files, storage, links, fal, incoming),
        progress,
        retries,
        finisher,
        polling,
        stored,
        settings.confirm_above,
        settings.fal_unknown_price,
    )
    submitter = Submitter(
        jobs,
        steps,
        PaidRequest(Images(fal), Videos(fal), links, settings.public_url, polling.max_wait),
        durations,
        inquiries,
        progress,
        retries,
        finisher,
        canceller,
        polling,
        stored,
        intervals,
        translator,
    )
    kept_orders = KeptOrders(
        jobs,
        progress,
        finisher,
        AccessList(redis, settings),
        settings.confirm_above,
        settings.fal_unknown_price,
    )
    tracker = Tracker(
        jobs,
        schedule,
        webhooks,
        WebhookHandler(jobs, webhooks, fal, poller, adopter, finisher, polling),
        poller,
        Resumer(jobs, slots, progress, retries, finisher, canceller, polling, kept_orders),
        canceller,
        finisher,
        CrashLimit(jobs, DeadLetterStore(redis, jobs), finisher),
    )
    downloads = Downloads(fal, storage, incoming, _FETCHES[queue])
    bills = Bills(fal)
    collector = Collector(jobs, steps, downloads, bills, progress, retries, finisher, polling)
    captions = Captions(
        texts, OptionCatalog(settings), links, users, contacts, delivery.upload_bytes
    )
    sender = ResultSender(jobs, storage, delivery, attempts, captions, card_lock)
    deliverer = Deliverer(jobs, steps, sets, comparing, sender, bills, progress, finisher, meter)
    inquirer = Inquirer(
        jobs,
        inquiries,
        fal,
        _history(http, settings),
        adopter,
        captions,
        delivery,
        messages,
    )
    return {
        Task.PREPARE: job_task(jobs, preparer.prepare),
        Task.SUBMIT: job_task(jobs, submitter.submit),
        Task.TRACK: tracker.track,
        Task.COLLECT: job_task(jobs, collector.collect),
        Task.DELIVER: job_task(jobs, deliverer.deliver),
        # Enqueues the next run of `track`, in case the chain of runs was broken.
        "plan": schedule.plan,
        "inquire": inquirer.inquire,
        "reconcile": partial(reconcile, Backfill(redis), Ledger(redis, clock), slots, schedule),
    }


def _history(http: AsyncClient, settings: Settings) -> History | None:
    """Return fal's list of our requests, which only a key can read; with one call a question."""
    if not settings.fal_api_key:
        return None
    key = settings.fal_api_key.get_secret_value()
    platform = Platform(http, base_url=settings.fal_platform_base_url, api_key=key, retry=ONCE)
    return History(platform)


def polling_policy(queue: Queue, settings: Settings) -> PollingPolicy:
    if queue is Queue.VIDEOS:
        return PollingPolicy(
            settings.video_poll_interval, settings.video_max_wait_sec, safety_interval=30
        )
    return PollingPolicy(settings.image_poll_interval, settings.image_max_wait_sec)
