"""Metrics of all processes, in the text format of Prometheus.

A process counts in memory and adds its counts to one hash in Redis every few seconds. So any webhook_app process can
return the counts of all processes, also of those that have ended. The hash's fields are Prometheus' series.
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

from infra.process.background import in_background
from infra.redis.client import UNAVAILABLE, time_limit

KEY = "darkroom:metrics"
#: The format of `expose`, as Prometheus names it.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

FLUSH_SECONDS = 5
# Seconds: a process that ends waits this long for Redis to take its last counts, then they are lost.
_LAST_PATIENCE = 2

_CALLS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_STATES = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900)


class Family(NamedTuple):
    """A metric; buckets are upper bounds in seconds."""

    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    buckets: tuple[float, ...] = ()


#: All metrics. No label contains an id, a prompt or a user: each has a few values at most.
FAMILIES: Mapping[str, Family] = {
    "darkroom_build_info": Family("gauge", "The version of this process; always 1."),
    "darkroom_dependency_up": Family("gauge", "1 while the dependency works, as on /health."),
    "darkroom_updates_total": Family(
        "counter",
        "Telegram's updates: received, repeated (already known), handled, put_off (Telegram was not available),"
        " dead_letter.",
    ),
    "darkroom_refusals_total": Family(
        "counter", "Refused webhook requests, by origin (telegram, fal) and HTTP status."
    ),
    "darkroom_update_seconds": Family("histogram", "Time to handle an update.", _CALLS),
    "darkroom_inbox_updates": Family("gauge", "Updates that wait in the chats' inboxes."),
    "darkroom_inbox_chats": Family("gauge", "Chats with waiting updates."),
    "darkroom_inbox_oldest_seconds": Family("gauge", "Longest wait of a chat with updates."),
    "darkroom_queue_depth": Family("gauge", "Due tasks that no worker has taken."),
    "darkroom_queue_oldest_seconds": Family("gauge", "How long the oldest of them has been due."),
    "darkroom_jobs_total": Family("counter", "Jobs that entered a status."),
    "darkroom_job_failures_total": Family("counter", "Failed jobs, by kind of failure."),
    "darkroom_job_state_seconds": Family(
        "histogram", "Time that jobs spent in a status, since their last step.", _STATES
    ),
    "darkroom_jobs_active": Family("gauge", "Jobs that have not ended, by status."),
    "darkroom_jobs_oldest_seconds": Family("gauge", "Age of the oldest job that has not ended."),
    "darkroom_slots_held": Family("gauge", "Jobs that are at fal or about to be submitted."),
    "darkroom_users_waiting": Family("gauge", "Users with a job that waits for a slot."),
    "darkroom_dead_letters": Family(
        "gauge", "Dead letters: updates and jobs that failed for good."
    ),
    "darkroom_clock_offset_seconds": Family(
        "gauge",
        "Largest offset of a process's clock from Redis's in the last half minute; positive: ahead.",
    ),
    "darkroom_fal_webhooks_arriving": Family("gauge", "1 while fal's webhooks arrive."),
    "darkroom_fal_seconds": Family("histogram", "Duration of calls to fal.", _CALLS),
    "darkroom_fal_errors_total": Family("counter", "Calls that fal refused or did not answer."),
    "darkroom_telegram_calls_total": Family("counter", "Calls to the Bot API, by outcome."),
    "darkroom_telegram_seconds": Family("histogram", "Duration of calls to the Bot API.", _CALLS),
    "darkroom_telegram_throttle_seconds": Family(
        "histogram", "Waits of messages for Telegram's rates, within a process.", _CALLS
    ),
    "darkroom_telegram_deferred_total": Family(
        "counter", "Messages that were deferred, because Telegram's rates require a longer wait."
    ),
    "darkroom_storage_errors_total": Family("counter", "Steps of jobs that the storage refused."),
    "darkroom_spend_today_dollars": Family("gauge", "Spending today (UTC), by model."),
    "darkroom_team_daily_budget_dollars": Family("gauge", "The team's daily budget; 0: no limit."),
}

_LE = re.compile(r'le="([^"]+)"')
_SUFFIX = re.compile(r"_(bucket|sum|count)$")


class Meter:
    """Counts of this process that are not in Redis yet: a dictionary, written by one thread."""

    def __init__(self) -> None:
        self._pending: dict[str, float] = {}

    def count(self, family: str, amount: float = 1, **labels: str) -> None:
        self._add(series(family, **labels), amount)

    def observe(self, family: str, seconds: float, **labels: str) -> None:
        total, count, buckets = histogram_series(family, tuple(labels.items()))
        self._add(total, seconds)
        self._add(count, 1)
        for bound, bucket in buckets:
            # Empty buckets are written, too: Prometheus treats a missing one as a broken histogram.
            self._add(bucket, seconds <= bound)

    @contextlib.contextmanager
    def timed(self, family: str, **labels: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.observe(family, time.perf_counter() - begun, **labels)

    async def flush(self, redis: ArqRedis) -> None:
        """Add the pending counts to those in Redis. Raises infra.redis.client.UNAVAILABLE and then keeps them."""
        pending, self._pending = self._pending, {}
        if not pending:
            return
        try:
            async with redis.pipeline(transaction=True) as pipe:
                for name, amount in pending.items():
                    pipe.hincrbyfloat(KEY, name, float(amount))
                await pipe.execute()
        except BaseException:
            # If only the response was lost, they are counted twice, which is better than not at all.
            for name, amount in pending.items():
                self._add(name, amount)
            raise

    def _add(self, name: str, amount: float) -> None:
        self._pending[name] = self._pending.get(name, 0) + amount


@contextlib.asynccontextmanager
async def flushing(meter: Meter, redis: ArqRedis) -> AsyncIterator[None]:
    """Flush the meter every few seconds, and a last time on exit."""

    async def flush_often() -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            try:
                await meter.flush(redis)
            except UNAVAILABLE as error:
                logger.debug(
                    "metrics not flushed, Redis is not available: {}", type(error).__name__
                )

    try:
        async with in_background(flush_often()):
            yield
    finally:
        with contextlib.suppress(*UNAVAILABLE):
            async with time_limit(_LAST_PATIENCE):
                await meter.flush(redis)


async def read(redis: ArqRedis) -> dict[str, float]:
    """Return the counts of all processes, by series."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hgetall(KEY)
        stored: dict[bytes, bytes] = (await pipe.execute())[0]
    return {name.decode(): float(amount) for name, amount in stored.items()}


@functools.lru_cache(maxsize=8192)
def series(name: str, **labels: str) -> str:
    """Return `name{label="value"}`."""
    pairs = []
    for label, value in labels.items():
        escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
        pairs.append(f'{label}="{escaped}"')
    return f"{name}{{{','.join(pairs)}}}" if pairs else name


@functools.lru_cache(maxsize=1024)
def histogram_series(
    family: str, pairs: tuple[tuple[str, str], ...]
) -> tuple[str, str, tuple[tuple[float, str], ...]]:
    """Return the series of the sum, of the count, and of each bucket with its bound."""
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
    """Return Prometheus' text. Series of unknown families, such as another version's, are left out."""
    by_family: dict[str, list[str]] = {name: [] for name in FAMILIES}
    for sample in sorted(samples, key=by_bound):
        family = sample.partition("{")[0]
        base = _SUFFIX.sub("", family)
        if base in FAMILIES and FAMILIES[base].kind == "histogram":
            family = base
        if family in by_family:
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


def by_bound(sample: str) -> tuple[str, float]:
    """Sort key: buckets are ordered by their bound."""
    bound = _LE.search(sample)
    return _LE.sub("", sample), float(bound[1]) if bound else math.inf
