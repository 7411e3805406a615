"""Row 4: how many jobs one process can poll every five seconds, and how late the polls are."""

import asyncio
import time
from dataclasses import dataclass

from tests.bench.fal import Lateness
from tests.bench.figures import mebibytes, number, percentile
from tests.bench.followers import CELERY, DARKROOM, INTERVAL, TASKIQ, WITH_CARDS, following
from tests.bench.program import Program
from tests.bench.result import Chart, Curve, Finding, Result, Table
from tests.bench.stage import Bench, Stage, say

_LADDERS = {
    DARKROOM: (1000, 5000, 10_000),
    WITH_CARDS: (1000, 2500, 5000, 7500),
    CELERY: (500, 1000, 2000),
    TASKIQ: (500, 1000),
}
_LIMIT = 0.5
_SOUGHT, _MEMORY = 5000, 300 * 2**20


@dataclass(frozen=True)
class Rung:
    """Lateness in seconds, CPU in cores, memory in bytes, polls a second."""

    name: str
    count: int
    p50: float
    p99: float
    cpu: float
    memory: int
    looks: float

    @property
    def is_in_time(self) -> bool:
        return self.p99 <= _LIMIT


async def measure(bench: Bench) -> list[Result]:
    async with bench.stage(webhooks=False) as stage:
        rungs = [
            await climb(bench, stage, name, count)
            for step in range(max(map(len, _LADDERS.values())))
            for name, counts in _LADDERS.items()
            for count in (counts[:1] if bench.is_quick else counts)[step : step + 1]
        ]
    return [_report(rungs)]


async def climb(bench: Bench, stage: Stage, name: str, count: int) -> Rung:
    """Poll this many for a while, after two intervals to settle."""
    fal = stage.fal
    fal.is_instant, fal.lateness = False, Lateness(INTERVAL)
    async with following(bench, stage, name, count) as programs:
        await _all_asked(fal.lateness, count)
        await asyncio.sleep(INTERVAL)
        rung = await _watch(fal.lateness, programs, name, count, max(3, bench.seconds) * 2)
    fal.lateness = None
    say(
        f"{name}, {number(count)}: late p50 {rung.p50 * 1000:.0f} ms, p99 {rung.p99 * 1000:.0f} ms,"
        f" {rung.cpu:.2f} cores, {mebibytes(rung.memory)}"
    )
    return rung


async def _all_asked(lateness: Lateness, count: int, seconds: float = 20) -> None:
    """Wait until all were polled once; a program that cannot do even that counts as late."""
    for _ in range(int(seconds / 0.2)):
        if lateness.followed == count:
            return
        await asyncio.sleep(0.2)


async def _watch(
    lateness: Lateness, programs: tuple[Program, ...], name: str, count: int, seconds: float
) -> Rung:
    lateness.begin()
    before = sum(program.cpu_seconds() for program in programs)
    await asyncio.sleep(seconds)
    never = [seconds] * (count - lateness.followed)
    late = lateness.late + lateness.overdue(time.perf_counter()) + never
    return Rung(
        name=name,
        count=count,
        p50=percentile(late, 0.5),
        p99=percentile(late, 0.99),
        cpu=(sum(program.cpu_seconds() for program in programs) - before) / seconds,
        memory=sum(program.memory() for program in programs),
        looks=lateness.polls / seconds,
    )


def most_in_time(rungs: list[Rung], name: str) -> Rung | None:
    """Return the highest number up to which all polls were in time."""
    best = None
    for rung in sorted((one for one in rungs if one.name == name), key=lambda one: one.count):
        if not rung.is_in_time:
            break
        best = rung
    return best


def _report(rungs: list[Rung]) -> Result:
    names = list(_LADDERS)
    rows = [_row(rung) for name in names for rung in rungs if rung.name == name]
    head = ["program", "jobs", "late p50, ms", "late p99, ms", "cores", "memory", "jobs per GB"]
    curves = [
        Curve(label=name, points=[(r.count, r.p99 * 1000) for r in rungs if r.name == name])
        for name in names
    ]
    return Result(
        row="4",
        title="Polling",
        findings=[
            _ours(rungs),
            _with_cards(rungs),
            *(_others(rungs, name) for name in (CELERY, TASKIQ)),
        ],
        tables=[Table(head=head, rows=rows)],
        charts=[
            Chart(
                name="following",
                title="Delay of a poll (p99) by number of jobs",
                unit="ms",
                across="jobs per process",
                curves=[_within(curve) for curve in curves],
                scale="log",
                limit=_LIMIT * 1000,
            )
        ],
    )


def _row(rung: Rung) -> list[str]:
    late = [number(value * 1000) for value in (rung.p50, rung.p99)]
    density = number(rung.count / rung.memory * 2**30)
    memory = mebibytes(rung.memory)
    return [rung.name, number(rung.count), *late, number(rung.cpu, 2), memory, density]


def _within(curve: Curve) -> Curve:
    """Cap values of seconds, which would flatten the rest of the plot."""
    most = _LIMIT * 1000 * 4
    return Curve(label=curve.label, points=[(x, min(y, most)) for x, y in curve.points])


def _ours(rungs: list[Rung]) -> Finding:
    best = most_in_time(rungs, DARKROOM)
    return Finding(
        what="jobs polled by one worker every 5 s, p99 ≤ 500 ms late",
        measured=_said(best),
        reach="≥ 5,000 in ≤ 300 MB",
        met=best is not None and best.count >= _SOUGHT and best.memory <= _MEMORY,
    )


def _with_cards(rungs: list[Rung]) -> Finding:
    best = most_in_time(rungs, WITH_CARDS)
    return Finding(
        what=f"the same: {WITH_CARDS}",
        measured=_said(best),
        reach="≥ 5,000",
        met=best is not None and best.count >= _SOUGHT,
    )


def _others(rungs: list[Rung], name: str) -> Finding:
    return Finding(what=f"the same: {name}", measured=_said(most_in_time(rungs, name)))


def _said(best: Rung | None) -> str:
    return f"{number(best.count)} in {mebibytes(best.memory)}" if best else "none in time"
