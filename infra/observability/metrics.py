"""What is counted, in this process and of all of them.

A process counts in its memory and adds that to one hash in Redis every few seconds, so that any front door tells the
truth of all processes, also of those that have ended. A series is kept under the text by which Prometheus knows it.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import asyncio
import contextlib
import functools
import math
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Literal, NamedTuple

from arq.connections import ArqRedis
from loguru import logger

from infra.redis.client import UNAVAILABLE, time_limit

KEY = "darkroom:metrics"
#: The format of `expose`, as Prometheus names it.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

FLUSH_SECONDS = 5
# A process that ends waits so long (seconds) for a Redis that hangs, then what it has not told yet is lost.
_LAST_PATIENCE = 2

_CALLS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_STATES = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900)


class Family(NamedTuple):
    """Series of one name; buckets are upper bounds in seconds."""

    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    buckets: tuple[float, ...] = ()


#: Every name that /metrics has. No label holds an id, a prompt or a person: each has a few values at most.
FAMILIES: Mapping[str, Family] = {
    "darkroom_build_info": Family("gauge", "Which version answers; always 1."),
    "darkroom_dependency_up": Family("gauge", "1 when the dependency is well, as on /health."),
    "darkroom_updates_total": Family(
        "counter",
        "Telegram's updates: received, repeated (known already), handled, put_off (Telegram was away), dead_letter.",
    ),
    "darkroom_refusals_total": Family(
        "counter", "Knocks that were turned away, by door (telegram, fal) and HTTP status."
    ),
    "darkroom_update_seconds": Family("histogram", "How long an update was handled.", _CALLS),
    "darkroom_inbox_updates": Family("gauge", "Updates that wait in the chats' inboxes."),
    "darkroom_inbox_chats": Family("gauge", "Chats with updates that wait."),
    "darkroom_inbox_oldest_seconds": Family("gauge", "Since when the chat served last waits."),
    "darkroom_queue_depth": Family("gauge", "Tasks that are due and that no worker has taken."),
    "darkroom_queue_oldest_seconds": Family("gauge", "How long the first of them is due."),
    "darkroom_jobs_total": Family("counter", "Jobs that came into a status."),
    "darkroom_job_failures_total": Family("counter", "Jobs that failed, by the failure's kind."),
    "darkroom_job_state_seconds": Family(
        "histogram", "How long jobs stayed in a status, since their last step.", _STATES
    ),
    "darkroom_jobs_active": Family("gauge", "Jobs that have not ended, by status."),
    "darkroom_jobs_oldest_seconds": Family("gauge", "Age of the oldest job that has not ended."),
    "darkroom_slots_held": Family("gauge", "Jobs that fal has, or is about to get."),
    "darkroom_users_waiting": Family("gauge", "People of whom a job waits for a slot."),
    "darkroom_dead_letters": Family("gauge", "Updates and jobs that were set aside."),
    "darkroom_clock_offset_seconds": Family(
        "gauge",
        "How far a process's clock is ahead of Redis': the largest of the last half minute.",
    ),
    "darkroom_fal_webhooks_arriving": Family("gauge", "1 while fal's webhooks come."),
    "darkroom_fal_seconds": Family("histogram", "How long calls to fal took.", _CALLS),
    "darkroom_fal_errors_total": Family("counter", "Calls that fal refused or left unanswered."),
    "darkroom_telegram_calls_total": Family("counter", "Calls to the Bot API, by outcome."),
    "darkroom_telegram_seconds": Family("histogram", "How long those calls took.", _CALLS),
    "darkroom_storage_errors_total": Family("counter", "Steps of jobs that the storage refused."),
    "darkroom_spend_today_dollars": Family("gauge", "Spent today (UTC), by model."),
    "darkroom_team_daily_budget_dollars": Family("gauge", "What may be spent a day; 0: no limit."),
}

_LE = re.compile(r'le="([^"]+)"')
_SUFFIX = re.compile(r"_(bucket|sum|count)$")


class Meter:
    """This process's counts that Redis does not know yet. Cheap: a dictionary, written to by one thread."""

    def __init__(self) -> None:
        self._pending: dict[str, float] = {}

    def count(self, family: str, amount: float = 1, **labels: str) -> None:
        self._add(series(family, **labels), amount)

    def observe(self, family: str, seconds: float, **labels: str) -> None:
        total, count, buckets = _histogram(family, tuple(labels.items()))
        self._add(total, seconds)
        self._add(count, 1)
        for bound, bucket in buckets:
            # A bucket of none is said too: Prometheus takes a missing one for a broken histogram.
            self._add(bucket, seconds <= bound)

    @contextlib.contextmanager
    def timed(self, family: str, **labels: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.observe(family, time.perf_counter() - begun, **labels)

    async def flush(self, redis: ArqRedis) -> None:
        """Add what was counted to what stands in Redis. Raises infra.redis.client.UNAVAILABLE; nothing is lost then."""
        pending, self._pending = self._pending, {}
        if not pending:
            return
        try:
            async with redis.pipeline(transaction=True) as pipe:
                for name, amount in pending.items():
                    pipe.hincrbyfloat(KEY, name, float(amount))
                await pipe.execute()
        except BaseException:
            # Should only the answer be lost, it is counted twice: rather than not at all.
            for name, amount in pending.items():
                self._add(name, amount)
            raise

    def _add(self, name: str, amount: float) -> None:
        self._pending[name] = self._pending.get(name, 0) + amount


@contextlib.asynccontextmanager
async def flushing(meter: Meter, redis: ArqRedis) -> AsyncIterator[None]:
    """Flush it every few seconds meanwhile, and once more at the end."""
    task = asyncio.create_task(_flush_often(meter, redis))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        with contextlib.suppress(*UNAVAILABLE):
            async with time_limit(_LAST_PATIENCE):
                await meter.flush(redis)


async def _flush_often(meter: Meter, redis: ArqRedis) -> None:
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        try:
            await meter.flush(redis)
        except UNAVAILABLE as error:
            logger.debug("Metrics wait for Redis: {}", type(error).__name__)


async def read(redis: ArqRedis) -> dict[str, float]:
    """What all processes have counted, by series."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hgetall(KEY)
        stored: dict[bytes, bytes] = (await pipe.execute())[0]
    return {name.decode(): float(amount) for name, amount in stored.items()}


@functools.lru_cache(maxsize=8192)
def series(name: str, **labels: str) -> str:
    """`name{label="value"}`, as Prometheus writes it."""
    pairs = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items())
    return f"{name}{{{pairs}}}" if pairs else name


@functools.lru_cache(maxsize=1024)
def _histogram(
    family: str, pairs: tuple[tuple[str, str], ...]
) -> tuple[str, str, tuple[tuple[float, str], ...]]:
    """The series of its sum, of its count, and of each bucket behind its bound."""
    labels = dict(pairs)
    buckets = tuple(
        (
            bound,
            series(f"{family}_bucket", **labels, le=f"{bound:g}" if bound < math.inf else "+Inf"),
        )
        for bound in (*FAMILIES[family].buckets, math.inf)
    )
    return series(f"{family}_sum", **labels), series(f"{family}_count", **labels), buckets


def expose(samples: Mapping[str, float]) -> str:
    """Prometheus's text; a series of no family here, say of another version, is left out."""
    by_family: dict[str, list[str]] = {name: [] for name in FAMILIES}
    for sample in sorted(samples, key=_place):
        if (family := _family(sample)) in by_family:
            by_family[family].append(f"{sample} {samples[sample]:.15g}")
    lines = [
        line
        for name, written in by_family.items()
        for line in (
            f"# HELP {name} {FAMILIES[name].meaning}",
            f"# TYPE {name} {FAMILIES[name].kind}",
            *written,
        )
    ]
    return "\n".join((*lines, ""))


def _family(sample: str) -> str:
    name = sample.partition("{")[0]
    base = _SUFFIX.sub("", name)
    return base if base in FAMILIES and FAMILIES[base].kind == "histogram" else name


def _place(sample: str) -> tuple[str, float]:
    """Buckets stand by their bound."""
    bound = _LE.search(sample)
    return _LE.sub("", sample), float(bound[1]) if bound else math.inf


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
