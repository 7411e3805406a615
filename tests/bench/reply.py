"""Row 3: from an incoming update to the bot's answer at Telegram; and the cost of an idle worker."""

import asyncio
from dataclasses import dataclass, field

from tests.bench.conversations import at_once, one_by_one, steadily
from tests.bench.figures import Spread, mebibytes, milliseconds, number, percentile
from tests.bench.program import Program
from tests.bench.result import Finding, Result, Table
from tests.bench.serving import Serving, serving
from tests.bench.stage import Bench, Stage, say

TEXT = "/help"
_RATE = 100
_CROWD = 1000
CONNECTIONS = 16
_MOST_BYTES = 170 * 2**20


@dataclass
class Measured:
    """Latencies in seconds, a list for each round; answers a second; CPU seconds."""

    idle: list[list[float]] = field(default_factory=list)
    busy: list[list[float]] = field(default_factory=list)
    crowd: list[float] = field(default_factory=list)
    idle_share: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    redis: list[float] = field(default_factory=list)
    memory: int = 0


async def measure(bench: Bench) -> list[Result]:
    async with bench.stage() as stage, serving(stage, CONNECTIONS) as product:
        measured = await _measure(bench, stage, product)
    return [_report(measured)]


async def _measure(bench: Bench, stage: Stage, product: Serving) -> Measured:
    measured, telegram, load = Measured(), stage.telegram, product.load
    await steadily(load, telegram, _RATE / 2, 2, TEXT)  # every user is known
    for turn in range(bench.rounds):
        measured.idle_share.append(await _idle_share(product.worker, bench.seconds))
        measured.idle.append(await one_by_one(load, telegram, int(bench.seconds * 10), TEXT))
        before, at_redis = product.cpu_seconds(), stage.redis_seconds()
        measured.busy.append(await steadily(load, telegram, _RATE, bench.seconds, TEXT))
        updates = len(measured.busy[-1])
        measured.cpu.append((product.cpu_seconds() - before) / updates)
        measured.redis.append((stage.redis_seconds() - at_redis) / updates)
        measured.crowd.append(await at_once(load, telegram, _CROWD, TEXT))
        say(f"row 3, round {turn + 1}: {number(measured.crowd[-1])} answers/s at the most")
    measured.memory = product.worker.memory()
    return measured


async def _idle_share(worker: Program, seconds: float) -> float:
    """Return percent of one core."""
    await asyncio.sleep(0.5)
    before = worker.cpu_seconds()
    await asyncio.sleep(seconds)
    return (worker.cpu_seconds() - before) / seconds * 100


def _report(measured: Measured) -> Result:
    rows = [
        ["one at a time", *_latencies(measured.idle)],
        [f"{_RATE} updates/s", *_latencies(measured.busy)],
    ]
    share = Spread.of(measured.idle_share)
    findings = [
        *(
            _finding(name, rounds)
            for name, rounds in (
                ("one at a time", measured.idle),
                (f"{_RATE}/s", measured.busy),
            )
        ),
        Finding(
            what="CPU of an idle worker, three queues",
            measured=f"{share.show(1)} % of a core",
            reach="≤ 2 %",
            met=share.median <= 2,
        ),
        Finding(
            what="answers/s under full load, one worker",
            measured=Spread.of(measured.crowd).show(),
        ),
        Finding(
            what="CPU of webhook_app and worker per update",
            measured=f"{Spread.of([cpu * 1000 for cpu in measured.cpu]).show(1)} ms",
        ),
        Finding(
            what="memory of the worker",
            measured=mebibytes(measured.memory),
            reach=f"≤ {mebibytes(_MOST_BYTES)}",
            met=measured.memory <= _MOST_BYTES,
        ),
    ]
    return Result(
        row="3",
        title="From an update to the answer",
        findings=findings,
        tables=[Table(head=["updates", "p50, ms", "p99, ms", "measured"], rows=rows)],
        felt={"the bot answers a message after": _felt(measured.idle)},
        costs={
            "update": Spread.of(measured.cpu).median,
            "redis_per_update": Spread.of(measured.redis).median,
        },
    )


def _felt(rounds: list[list[float]]) -> str:
    every = [latency for one in rounds for latency in one]
    return milliseconds(percentile(every, 0.5), 0)


def _latencies(rounds: list[list[float]]) -> list[str]:
    p50 = Spread.of([percentile(one, 0.5) * 1000 for one in rounds])
    p99 = Spread.of([percentile(one, 0.99) * 1000 for one in rounds])
    return [p50.show(1), p99.show(1), number(sum(map(len, rounds)))]


def _finding(name: str, rounds: list[list[float]]) -> Finding:
    every = [latency * 1000 for one in rounds for latency in one]
    p50, p99 = percentile(every, 0.5), percentile(every, 0.99)
    return Finding(
        what=f"update to answer, {name}, p50 / p99",
        measured=f"{p50:.1f} / {p99:.1f} ms",
        reach="≤ 15 / 60 ms",
        met=p50 <= 15 and p99 <= 60,
    )
