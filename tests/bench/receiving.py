"""Rows 1 and 2: updates a second that webhook_app receives, and the latency of 200 a second."""

import asyncio
import time
from collections import defaultdict
from itertools import repeat

from tests.bench.contestants import AIOGRAM, FASTAPI, FLOOR, OURS, PTB, Contestant, contestants
from tests.bench.figures import Spread, mebibytes, number, percentile
from tests.bench.load import Answers, connected
from tests.bench.program import Program, running
from tests.bench.result import Bar, Chart, Finding, Result, Table
from tests.bench.stage import Bench, Stage, say
from tests.bench.updates import deliveries, delivery, message, user
from tests.processes import free_port, status_of

CONNECTIONS = 32
_CALM = 200
_MOST_BYTES = 60 * 2**20

type Measured = dict[str, list[float]]


async def measure(bench: Bench) -> list[Result]:
    async with bench.stage() as stage:
        field = contestants(bench, stage)
        async with running(*(one.program for one in field)):
            for one in field:
                await one.program.wait_until(one.is_open)
                await _check_honesty(stage, one)
            flooded, memory = await _flood(bench, stage, field)
            paced, calm = await _pace(bench, stage, field)
        ceiling = await _measure_ceiling(bench, stage)
    return [_first(flooded, memory, ceiling), _second(paced, calm)]


async def _check_honesty(stage: Stage, one: Contestant) -> None:
    """Check that a repeated update is stored once, and that a wrong secret is refused."""
    stage.valkey.empty()
    update = delivery(message("/ping", user(0)))
    async with connected(one.port, 1) as load:
        await load.flood(repeat(update, 2), 5)
        await asyncio.sleep(0.3)
        assert one.name == FLOOR or one.kept(stage.redis) == 1, f"{one.name} keeps it twice"
        forged = await load.flood(repeat(update.replace(b"a-secret", b"a-sesame"), 1), 5)
        assert one.name == FLOOR or set(forged.statuses) < {401, 403}, f"{one.name}: {forged}"


async def _flood(
    bench: Bench, stage: Stage, field: list[Contestant]
) -> tuple[Measured, dict[str, int]]:
    rates: Measured = defaultdict(list)
    for turn in range(bench.rounds):
        for one in field[turn % len(field) :] + field[: turn % len(field)]:
            rate = await _flood_one(bench, stage, one)
            rates[one.name].append(rate)
            say(f"row 1, round {turn + 1}: {one.name}: {number(rate)} updates/s")
    return rates, {one.name: one.program.memory() for one in field}


async def _flood_one(bench: Bench, stage: Stage, one: Contestant) -> float:
    """Return the updates a second that are in Redis in the end."""
    stage.valkey.empty()
    updates = deliveries("/ping")
    async with connected(one.port, CONNECTIONS) as load:
        started = time.perf_counter()
        answers = (await load.flood(updates, bench.seconds)).check()
    if one.name == FLOOR:
        return answers.rate
    settled = await _settled(stage, one, answers)
    return answers.statuses[200] / (settled - started if settled else answers.seconds)


async def _settled(stage: Stage, one: Contestant, answers: Answers) -> float | None:
    """Return the time when all acknowledged updates were stored; None if at once. Counting takes a while itself."""
    acknowledged = answers.statuses[200]
    for turn in range(3000):
        at = time.perf_counter()
        if (kept := one.kept(stage.redis)) == acknowledged:
            return at if turn else None
        await asyncio.sleep(0.02)
    raise AssertionError(f"{one.name}: {kept} kept of {acknowledged}")


async def _pace(
    bench: Bench, stage: Stage, field: list[Contestant]
) -> tuple[dict[str, list[Answers]], dict[str, int]]:
    answers: dict[str, list[Answers]] = defaultdict(list)
    for turn in range(bench.rounds):
        for one in (one for one in field if one.name != PTB):
            stage.valkey.empty()
            async with connected(one.port, CONNECTIONS) as load:
                paced = (await load.pace(deliveries("/ping"), _CALM, bench.seconds)).check()
            answers[one.name].append(paced)
            say(f"row 2, round {turn + 1}: {one.name}: p99 {paced.p99 * 1000:.1f} ms")
    webhook_app = await _fresh_webhook_app(bench, stage)
    return answers, {**{one.name: one.program.memory() for one in field}, OURS: webhook_app}


async def _fresh_webhook_app(bench: Bench, stage: Stage) -> int:
    """Return the memory in bytes of a webhook_app that was never flooded."""
    stage.valkey.empty()
    fresh = Program(
        "fresh-webhook-app",
        ("-m", "webhook_app"),
        {**stage.darkroom.environment, "api_port": str(port := free_port())},
        stage.folder,
        bench.cores.contestant,
    )
    async with running(fresh):
        await fresh.wait_until(lambda: status_of(f"http://127.0.0.1:{port}/version") == 200)
        async with connected(port, CONNECTIONS) as load:
            await load.pace(deliveries("/ping"), _CALM, bench.seconds)
        return fresh.memory()


async def _measure_ceiling(bench: Bench, stage: Stage) -> Spread:
    port = free_port()
    arguments = ("-m", "tests.bench.ceiling", str(port))
    server = Program("ceiling", arguments, {}, stage.folder, bench.cores.contestant)
    async with running(server):
        await server.wait_until(lambda: status_of(f"http://127.0.0.1:{port}/") == 200)
        async with connected(port, CONNECTIONS) as load:
            seconds = min(2, bench.seconds)
            rates = [(await load.flood(deliveries("/ping"), seconds)).rate for _ in range(3)]
    return Spread.of(rates)


def _first(flooded: Measured, memory: dict[str, int], ceiling: Spread) -> Result:
    spreads = {name: Spread.of(rates) for name, rates in flooded.items()}
    ours, floor = spreads[OURS].median, spreads[FLOOR].median
    rows = [
        [
            name,
            spread.show(),
            f"{spread.median / floor:.2f}",
            f"{ours / spread.median:.1f}",
            mebibytes(memory[name]),
        ]
        for name, spread in spreads.items()
    ]
    reaches = {FLOOR: 1.5, FASTAPI: 4.0, AIOGRAM: 4.0}
    findings = [
        Finding(
            what=f"updates/s against {name}",
            measured=f"{ours / spreads[name].median:.2f} ×",
            reach=f"≥ {least:g} ×",
            met=ours >= least * spreads[name].median,
        )
        for name, least in reaches.items()
    ]
    head = ["server, one core", "updates/s, median (min–max)", "× baseline", "Darkroom ×", "memory"]
    bars = [
        Bar(label=name, value=spread.median, low=spread.low, high=spread.high)
        for name, spread in spreads.items()
    ]
    return Result(
        row="1",
        title="webhook_app: updates per second on one core",
        findings=findings,
        tables=[Table(head=head, rows=rows)],
        charts=[
            Chart(
                name="webhook-app",
                title="Updates per second, one core",
                unit="updates/s",
                bars=bars,
            )
        ],
        costs={"webhook_app_per_update": 1 / spreads[OURS].median},
        notes=[
            f"The load generator alone reaches {ceiling.show()} requests/s against an empty server."
        ],
    )


def _second(paced: dict[str, list[Answers]], memory: dict[str, int]) -> Result:
    rows = []
    for name, rounds in paced.items():
        typical = Spread.of([one.p50 * 1000 for one in rounds])
        slow = Spread.of([one.p99 * 1000 for one in rounds])
        rows.append([name, typical.show(1), slow.show(1), mebibytes(memory[name])])
    every = [latency for one in paced[OURS] for latency in one.latencies]
    p50, p99 = percentile(every, 0.5) * 1000, percentile(every, 0.99) * 1000
    findings = [
        Finding(
            what=f"time to 200 at {_CALM} updates/s, p50 / p99",
            measured=f"{p50:.1f} / {p99:.1f} ms",
            reach="≤ 3 / 10 ms",
            met=p50 <= 3 and p99 <= 10,
        ),
        Finding(
            what="memory of webhook_app",
            measured=mebibytes(memory[OURS]),
            reach=f"≤ {mebibytes(_MOST_BYTES)}",
            met=memory[OURS] <= _MOST_BYTES,
        ),
    ]
    head = ["server", "p50, ms", "p99, ms", "memory"]
    return Result(
        row="2",
        title=f"webhook_app at {_CALM} updates per second",
        findings=findings,
        tables=[Table(head=head, rows=rows)],
        notes=["Darkroom's memory is that of a fresh process, the others' that of row 1."],
    )
