"""Row 11: the time from the start of webhook_app to its first 200, and of a worker to its first job."""

import time
from dataclasses import replace

from tests.bench.figures import Spread
from tests.bench.load import connected
from tests.bench.program import running
from tests.bench.result import Finding, Result, Table
from tests.bench.stage import Bench, Stage, say
from tests.bench.telegram import Stopwatch
from tests.bench.updates import delivery, message, user
from tests.processes import free_port

_LIMITS = {"webhook_app to its first 200": 0.5, "worker to its first answer": 1.5}


async def measure(bench: Bench) -> list[Result]:
    taken: dict[str, list[float]] = {name: [] for name in _LIMITS}
    async with bench.stage() as stage:
        for turn in range(1 if bench.is_quick else 5):
            for name, start in zip(_LIMITS, (_start_webhook_app, _start_worker), strict=True):
                taken[name].append(await start(stage))
                say(f"row 11, round {turn + 1}: {name}: {taken[name][-1]:.2f} s")
    return [_report({name: Spread.of(values) for name, values in taken.items()})]


async def _start_webhook_app(stage: Stage) -> float:
    darkroom = replace(stage.darkroom, port=free_port())
    webhook_app, started = darkroom.webhook_app(), time.perf_counter()
    async with running(webhook_app):
        await webhook_app.wait_until(darkroom.is_open, pause=0.005)
        return time.perf_counter() - started


async def _start_worker(stage: Stage) -> float:
    """Start a worker that finds waiting updates."""
    darkroom, watch = stage.darkroom, Stopwatch()
    stage.valkey.empty()
    webhook_app, worker = darkroom.webhook_app(), darkroom.worker()
    async with running(webhook_app):
        await webhook_app.wait_until(darkroom.is_open)
        async with connected(darkroom.port, 1) as load:
            await load.one(delivery(message("/help", user(0))))
        stage.telegram.watch("sendMessage", watch.end)
        started = time.perf_counter()
        watch.begin(user(0), started)
        async with running(worker):
            await watch.wait_until_quiet()
    stage.telegram.unwatch("sendMessage", watch.end)
    return watch.latencies[0]


def _report(spreads: dict[str, Spread]) -> Result:
    findings = [
        Finding(
            what=name,
            measured=f"{spread.show(2)} s",
            reach=f"≤ {_LIMITS[name]:g} s",
            met=spread.median <= _LIMITS[name],
        )
        for name, spread in spreads.items()
    ]
    rows = [[name, spread.show(2)] for name, spread in spreads.items()]
    return Result(
        row="11",
        title="Start",
        findings=findings,
        tables=[Table(head=["from the start of the process", "s"], rows=rows)],
    )
