"""arq settings of each queue's worker, for arq's command line and for `darkroom worker`.

`arq worker.main.ImageWorker` runs one queue, `arq --check worker.main.ImageWorker` is its health check. The check
imports this module every few seconds, so heavy imports wait until a worker starts.
https://arq-docs.helpmanuel.com/#arq.worker.Worker
"""

import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from typing import Any

from arq import cron, func

from infra.bot_settings import claim_database, read_bot
from infra.observability import tracing
from infra.observability.metrics import Meter, flushing
from infra.process.malloc import limit_malloc_arenas
from infra.redis.client import arq_settings, connect, dumps, loads
from infra.redis.clock import RedisClock
from infra.settings import Settings
from infra.telegram.aiogram_models import import_aiogram
from worker.queues.names import Queue, Task

_QUEUES = {
    "UpdatesWorker": Queue.UPDATES,
    "ImageWorker": Queue.IMAGES,
    "VideoWorker": Queue.VIDEOS,
}
# The health check reports a killed worker after this time plus one second.
HEALTH_SECONDS = 4
# After SIGTERM running steps may finish for this time; the schedule restarts the others.
DRAIN_SECONDS = 8
# Timeout of each task in seconds.
TIMEOUTS = {
    Task.DRAIN: 100,
    Task.RESUME: 10,
    Task.PREPARE: 230,
    Task.SUBMIT: 230,
    Task.TRACK: 75,
    Task.COLLECT: 300,
    Task.DELIVER: 170,
}
_UPDATE_TASKS = (Task.DRAIN, Task.RESUME)
_EVERY_5_SECONDS = set(range(0, 60, 5))

type Coroutine = Callable[..., Awaitable[None]]


def __getattr__(name: str) -> dict[str, Any]:
    """Make a worker's settings when arq's command line looks them up by name, not at import."""
    if name not in _QUEUES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return worker_settings(_QUEUES[name], read_bot())


def worker_settings(queue: Queue, settings: Settings) -> dict[str, Any]:
    """Return arq's settings of one queue's worker.

    arq does not retry: after a crash the schedule or the inbox starts the next try where the last one stopped.
    """
    work = update_worker_settings() if queue is Queue.UPDATES else generation_worker_settings(queue)
    return {
        "queue_name": queue.value,
        "redis_pool": connect(settings.redis_url),
        "redis_settings": arq_settings(settings.redis_url),  # only for `arq --check`
        "job_serializer": dumps,
        "job_deserializer": loads,
        "on_startup": partial(on_startup, queue, settings),
        "on_shutdown": on_shutdown,
        "max_tries": 1,
        "keep_result": 0,
        "max_jobs": 100,
        "poll_delay": 0.02,
        "health_check_interval": HEALTH_SECONDS,
        "job_completion_wait": DRAIN_SECONDS,
        "log_results": False,
        **work,
    }


def update_worker_settings() -> dict[str, Any]:
    return {
        "functions": [_function(task) for task in _UPDATE_TASKS],
        "cron_jobs": [
            cron(_run("recover"), name="recover", second=_EVERY_5_SECONDS, timeout=10),
            # A cron job, so that a worker starts while Telegram is unavailable.
            cron(_run("introduce"), name="introduce", minute=0, run_at_startup=True, timeout=60),
            cron(_run("sweep"), name="sweep", minute=17, timeout=300),
            # Workers of this queue are the last to be upgraded (docs/operations.md).
            cron(_run("pack"), name="pack", second=41, timeout=50),
            # Each hour, so that a run that fal stopped with 429 goes on.
            cron(_run("reconcile-bills"), name="reconcile-bills", minute=29, timeout=300),
            cron(_run("watch-models"), name="watch-models", hour=6, minute=41, timeout=300),
        ],
    }


def generation_worker_settings(queue: Queue) -> dict[str, Any]:
    return {
        "functions": [_function(task) for task in Task if task not in _UPDATE_TASKS],
        "cron_jobs": [
            # arq runs one cron of a name at a time: queues that share a name would block each other.
            cron(_run("plan"), name=f"plan:{queue}", second=_EVERY_5_SECONDS, timeout=10),
            cron(_run("reconcile"), name=f"reconcile:{queue}", second=_EVERY_5_SECONDS, timeout=10),
            cron(_run("inquire"), name=f"inquire:{queue}", second=_EVERY_5_SECONDS, timeout=80),
        ],
    }


def _function(task: Task) -> Any:
    return func(_run(task), name=task, timeout=TIMEOUTS[task])


def _run(name: str) -> Any:
    """Return an arq function that calls what `compose` made under this name."""

    async def run(ctx: dict[str, Any], *arguments: str) -> None:
        work: dict[str, Coroutine] = ctx["work"]
        await work[name](*arguments)

    return run


async def on_startup(queue: Queue, settings: Settings, ctx: dict[str, Any]) -> None:
    limit_malloc_arenas()
    with _without_collections():
        import_aiogram()
        from infra.fal.models.kept import followed
        from infra.observability.logging import setup
        from infra.storage.partial_files import swept
        from worker.composition import INCOMING, compose

    setup(settings, "worker")
    tracing.setup(settings, "worker")
    await claim_database(ctx["redis"], settings)
    ctx["stack"] = AsyncExitStack()
    await ctx["stack"].enter_async_context(tracing.flushing())
    meter, clock = Meter(), RedisClock(ctx["redis"])
    await clock.measure()
    await ctx["stack"].enter_async_context(clock.kept())
    await ctx["stack"].enter_async_context(flushing(meter, ctx["redis"]))
    await ctx["stack"].enter_async_context(swept(settings.media_dir / INCOMING))
    await ctx["stack"].enter_async_context(followed(ctx["redis"], settings.redis_url))
    ctx["work"] = compose(queue, settings, ctx["redis"], ctx["stack"], meter, clock)


@contextmanager
def _without_collections() -> Iterator[None]:
    """Disable garbage collection during imports: scanning their 230,000 objects takes a sixth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


async def on_shutdown(ctx: dict[str, Any]) -> None:
    await ctx["stack"].aclose()
