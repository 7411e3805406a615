"""The workers, put together: one for each queue, for arq's command line and for `python -m worker`.

`arq worker.main.ImageWorker` runs one queue, `arq --check worker.main.ImageWorker` is its health check.
https://arq-docs.helpmanuel.com/#arq.worker.Worker
"""

import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from aiogram import Bot
from arq import cron, func
from arq.connections import ArqRedis, RedisSettings

from infra.fal.client import FalClient
from infra.fal.images import Images
from infra.fal.videos import Videos
from infra.http import create_client
from infra.logging import setup
from infra.redis import connect, dumps, loads
from infra.settings import Settings
from infra.storage import Storage
from infra.telegram.bot import create_bot
from infra.telegram.delivery import Delivery
from worker.bot.commands import set_commands
from worker.bot.dispatcher import create_dispatcher, handle
from worker.bot.texts import Texts
from worker.generation.collect import collect
from worker.generation.context import Generation, Pace
from worker.generation.deliver import deliver
from worker.generation.progress import Progress
from worker.generation.submit import submit
from worker.generation.track import plan, track
from worker.inbox import Conversation, drain, recover
from worker.jobs import JobStore
from worker.people import PersonStore
from worker.queue import DueSet, Inbox, Queue, Task

_QUEUES = {
    "UpdatesWorker": Queue.UPDATES,
    "ImageWorker": Queue.IMAGES,
    "VideoWorker": Queue.VIDEOS,
}
# A worker that has been killed is seen as such after this and a second more.
HEALTH_SECONDS = 4
# SIGTERM: running steps may finish; those that take longer are looked at again by the due-set.
DRAIN_SECONDS = 20
_OFTEN = set(range(0, 60, 5))


def __getattr__(name: str) -> dict[str, Any]:
    """arq's command line looks a worker's settings up by name: they are made then, not at import."""
    if name not in _QUEUES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return worker_settings(_QUEUES[name], Settings())


def worker_settings(queue: Queue, settings: Settings) -> dict[str, Any]:
    """arq's settings of one queue's worker.

    A step is tried once: should it die, the due-set or the inbox takes the next, knowing how far it came.
    """
    tasks = _conversation_tasks() if queue is Queue.UPDATES else _generation_tasks()
    start = _start_conversation if queue is Queue.UPDATES else partial(_start_generation, queue)
    return {
        "queue_name": queue.value,
        "redis_pool": connect(settings.redis_url),
        "redis_settings": RedisSettings.from_dsn(settings.redis_url),  # for `arq --check` alone
        "job_serializer": dumps,
        "job_deserializer": loads,
        "on_startup": partial(_start, settings, start),
        "on_shutdown": _stop,
        "max_tries": 1,
        "keep_result": 0,
        "max_jobs": 100,
        "poll_delay": 0.02,
        "health_check_interval": HEALTH_SECONDS,
        "job_completion_wait": DRAIN_SECONDS,
        "log_results": False,
        **tasks,
    }


def _conversation_tasks() -> dict[str, Any]:
    return {
        "functions": [func(drain, name=Task.DRAIN, timeout=60)],
        "cron_jobs": [
            cron(recover, second=_OFTEN, timeout=10),
            cron(introduce, hour=4, minute=0, run_at_startup=True, timeout=60),
        ],
    }


def _generation_tasks() -> dict[str, Any]:
    return {
        "functions": [
            func(submit, name=Task.SUBMIT, timeout=80),
            func(track, name=Task.TRACK, timeout=60),
            func(collect, name=Task.COLLECT, timeout=230),
            func(deliver, name=Task.DELIVER, timeout=170),
        ],
        "cron_jobs": [cron(plan, second=_OFTEN, timeout=10)],
    }


type Start = Callable[[Settings, ArqRedis, Bot, AsyncExitStack], Awaitable[dict[str, Any]]]


async def _start(settings: Settings, start: Start, ctx: dict[str, Any]) -> None:
    setup(settings, "worker")
    stack = ctx["stack"] = AsyncExitStack()
    token = settings.tg_bot_token.get_secret_value() if settings.tg_bot_token else ""
    bot = create_bot(token, settings.tg_api_base)
    stack.push_async_callback(bot.session.close)
    ctx.update(await start(settings, ctx["redis"], bot, stack))


async def _stop(ctx: dict[str, Any]) -> None:
    await ctx["stack"].aclose()


async def _start_conversation(
    settings: Settings, redis: ArqRedis, bot: Bot, _stack: AsyncExitStack
) -> dict[str, Any]:
    texts = Texts()
    dispatcher = create_dispatcher(
        settings=settings,
        redis=redis,
        jobs=JobStore(redis),
        people=PersonStore(redis),
        texts=texts,
        clock=time.time,
    )
    conversation = Conversation(Inbox(redis), partial(handle, dispatcher, bot))
    return {"conversation": conversation, "introduce": partial(set_commands, bot, texts)}


async def introduce(ctx: dict[str, Any]) -> None:
    """Give Telegram the menu of commands; a job of its own, so that a worker starts while Telegram is away."""
    await ctx["introduce"]()


async def _start_generation(
    queue: Queue, settings: Settings, redis: ArqRedis, bot: Bot, stack: AsyncExitStack
) -> dict[str, Any]:
    http = create_client()
    stack.push_async_callback(http.aclose)
    fal = FalClient(
        http,
        api_key=settings.fal_api_key.get_secret_value() if settings.fal_api_key else None,
        queue_base_url=settings.fal_queue_base_url,
        rest_base_url=settings.fal_rest_base_url,
    )
    jobs, delivery, texts = JobStore(redis), Delivery(bot), Texts()
    generation = Generation(
        queue=queue,
        jobs=jobs,
        due=DueSet(redis, queue),
        fal=fal,
        images=Images(fal),
        videos=Videos(fal),
        storage=Storage.open(settings.media_dir, settings.storage_url),
        incoming=settings.media_dir / ".incoming",
        delivery=delivery,
        progress=Progress(redis, jobs, delivery, texts, time.time),
        texts=texts,
        pace=_pace(queue, settings),
        clock=time.time,
    )
    return {"generation": generation}


def _pace(queue: Queue, settings: Settings) -> Pace:
    if queue is Queue.VIDEOS:
        return Pace(settings.video_poll_interval, settings.video_max_wait_sec)
    return Pace(settings.image_poll_interval, settings.image_max_wait_sec)
