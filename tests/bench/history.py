"""Row 8: a page of a user's jobs, the newest and the thousandth."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from infra.redis.client import connect
from tests.bench.figures import milliseconds, number, percentile
from tests.bench.load import Load
from tests.bench.result import Finding, Result, Table
from tests.bench.serving import Serving
from tests.bench.stage import Stage
from tests.bench.telegram import Stopwatch
from tests.bench.updates import delivery, message, press, user
from worker.jobs.indexes import JobIndex, JobIndexes
from worker.jobs.store import JobStore
from worker.limits.limits import Limits

_PAGE, _DEEP = 6, 1000
_TIMES = 50
# The newest jobs were ordered meanwhile: the pages are those of the user who has all jobs.
_READER = user(0)


@dataclass(frozen=True)
class Page:
    """Seconds to find it in Redis, seconds from the update to Telegram, and their CPU."""

    found: float
    shown: float
    cpu: float


@dataclass(frozen=True)
class Leafing:
    first: Page
    deep: Page


async def leaf(stage: Stage, product: Serving) -> Leafing:
    key = f"darkroom:jobs:{_READER}"
    depth = min(_DEEP * _PAGE, cast(int, stage.redis.zcard(key)) - _PAGE)
    [start] = cast(list[bytes], stage.redis.zrevrange(key, depth, depth))
    browsing = f"my|{_READER}|{JobIndex.ALL}|{start.decode()}"
    found = await _find(stage, ("", start.decode()))
    first = await _page(stage, product, lambda: delivery(message("/my", _READER)))
    deep = await _page(stage, product, lambda: delivery(press(browsing, _READER)))
    return Leafing(Page(found[0], *first), Page(found[1], *deep))


async def _page(stage: Stage, product: Serving, update: Callable[[], bytes]) -> tuple[float, float]:
    """Return the seconds until it is shown, and of CPU; a page is sent once, then edits the last one."""
    method = "editMessageMedia" if b"callback_query" in update() else "sendPhoto"
    await _show(stage, product.load, method, update, 5)
    before = product.cpu_seconds()
    shown = await _show(stage, product.load, method, update, _TIMES)
    cpu = (product.cpu_seconds() - before) / _TIMES
    return percentile(shown, 0.5), cpu


async def _show(
    stage: Stage, load: Load, method: str, update: Callable[[], bytes], times: int
) -> list[float]:
    watch = Stopwatch()
    stage.telegram.watch(method, watch.end)
    for _ in range(times):
        watch.begin(_READER, time.perf_counter())
        load.offer(update())
        await watch.wait_until_quiet()
    stage.telegram.unwatch(method, watch.end)
    return watch.latencies


async def _find(stage: Stage, starts: Sequence[str]) -> list[float]:
    """Read what `/my` reads from Redis for these pages, in turn: ids, positions, jobs."""
    redis = connect(stage.valkey.url)
    jobs, indexes = JobStore(redis, Limits(), time.time), JobIndexes(redis)
    times: list[list[float]] = [[] for _ in starts]
    try:
        for turn in range(_TIMES * len(starts)):
            before = time.perf_counter()
            extract = await indexes.page(_READER, JobIndex.ALL, starts[turn % len(starts)], _PAGE)
            assert len(await jobs.get_many(extract.ids)) == _PAGE
            times[turn % len(starts)].append(time.perf_counter() - before)
    finally:
        await redis.aclose(close_connection_pool=True)
    return [percentile(some, 0.5) for some in times]


def report_history(leafing: Leafing, jobs: int) -> Result:
    pages = {"page 1": leafing.first, f"page {number(_DEEP)}": leafing.deep}
    rows = [
        [name, *(number(value * 1000, 1) for value in (page.found, page.shown, page.cpu))]
        for name, page in pages.items()
    ]
    first, deep = leafing.first.found * 1000, leafing.deep.found * 1000
    return Result(
        row="8",
        title=f"History of a user with {number(jobs)} jobs",
        findings=[
            Finding(
                what="reading page 1 / page 1,000 of `/my` from Redis",
                measured=f"{first:.1f} / {deep:.1f} ms",
                reach="both ≤ 5 ms, the same",
                met=max(first, deep) <= 5 and deep <= 1.5 * first,
            ),
            Finding(
                what="CPU to show it as a sheet of six images",
                measured=f"{leafing.first.cpu * 1000:.0f} / {leafing.deep.cpu * 1000:.0f} ms",
            ),
        ],
        tables=[
            Table(
                head=["page", "read from Redis, ms", "update to Telegram, ms", "CPU, ms"], rows=rows
            )
        ],
        felt={
            f"page {number(_DEEP)} of `/my` opens after": milliseconds(leafing.deep.shown, 0),
        },
    )
