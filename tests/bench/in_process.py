"""Row 13: Darkroom beside the simplest bot, whose handler waits for fal."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import mebibytes, number, percentile
from tests.bench.load import Load, connected
from tests.bench.orders import ORDER, order, picture
from tests.bench.program import Program, running
from tests.bench.result import Finding, Result, Table
from tests.bench.stage import Bench, Stage, say
from tests.bench.telegram import Stopwatch
from tests.bench.updates import SECRET, delivery, message, user
from tests.bench.weight import used
from tests.processes import free_port, status_of

_OURS, SIMPLEST = "Darkroom", "aiogram and fal-client in one process"
_BOT = Path(__file__).parent / "peers" / "in_process_bot.py"
# Seconds at fal.
_SHORTEST, _LONGEST, _RESTARTED = 0.2, 0.8, 10.0
_ORDERS_A_SECOND = 50
_WAIT = 30.0


@dataclass(frozen=True)
class Side:
    name: str
    programs: tuple[Program, ...]
    port: int
    is_ready: Callable[[], bool]

    def cpu_seconds(self) -> float:
        return sum(program.cpu_seconds() for program in self.programs)

    def memory(self, stage: Stage) -> int:
        """Return bytes, with Redis's data."""
        return sum(program.memory() for program in self.programs) + used(stage.redis)


@dataclass(frozen=True)
class Crowd:
    """Bytes without and with `jobs` that wait for fal, the cores that waiting takes, and polls a second.

    `at_fal` is how many of them fal has after half a minute.
    """

    jobs: int
    at_fal: int
    idle: int
    waiting: int
    cores: float
    polls: float


@dataclass(frozen=True)
class Measured:
    """Seconds; CPU seconds of one image; the results that came after a restart."""

    late: list[float]
    cpu: float
    crowd: Crowd
    arrived: int


async def measure(bench: Bench) -> list[Result]:
    images, waiting, restarted = (5, 50, 10) if bench.is_quick else (40, 1000, 100)
    measured = {}
    async with bench.stage(file=picture()) as stage:
        for side in (_ours(stage), simplest_bot(bench, stage)):
            late, cpu = await _draw(stage, side, images)
            say(f"row 13, {side.name}: p50 {percentile(late, 0.5) * 1000:.0f} ms")
            crowd = await _gather(stage, side, waiting, bench.seconds)
            say(f"row 13, {side.name}: {mebibytes(crowd.waiting)} with {crowd.jobs} waiting jobs")
            arrived = await _restart(stage, side, restarted)
            say(f"row 13, {side.name}: {arrived} of {restarted} results after a restart")
            measured[side.name] = Measured(late, cpu, crowd, arrived)
    return [_report(measured, restarted)]


def _ours(stage: Stage) -> Side:
    programs = stage.darkroom.webhook_app(), stage.darkroom.worker()
    return Side(_OURS, programs, stage.darkroom.port, stage.darkroom.is_healthy)


def simplest_bot(bench: Bench, stage: Stage) -> Side:
    port, cores = free_port(), stage.darkroom.cores
    arguments = (str(_BOT), str(port), SECRET, stage.darkroom.telegram_url, stage.fal.url)
    program = Program("in_process_bot", arguments, {}, stage.folder, cores, bench.peers)
    return Side(SIMPLEST, (program,), port, lambda: status_of(f"http://127.0.0.1:{port}/") > 0)


@asynccontextmanager
async def _serving(stage: Stage, side: Side) -> AsyncIterator[Load]:
    async with running(*side.programs):
        await side.programs[-1].wait_until(side.is_ready)
        async with connected(side.port, 8) as load:
            stage.fal.use_webhook_app(load)
            try:
                yield load
            finally:
                stage.fal.use_webhook_app(None)


@asynccontextmanager
async def _starting_empty(stage: Stage, side: Side) -> AsyncIterator[Load]:
    """Serve, after images that load all libraries and show that fal's webhooks arrive."""
    stage.valkey.empty()
    async with _serving(stage, side) as load:
        stage.fal.is_instant = True
        for index in range(3):
            await order(stage, load, index, _SHORTEST)
        yield load


async def _draw(stage: Stage, side: Side, images: int) -> tuple[list[float], float]:
    """Return the seconds from fal's end to Telegram, one image after another, and the CPU seconds of one."""
    chance = random.Random(13)  # noqa: S311 - not for security
    async with _starting_empty(stage, side) as load:
        before = side.cpu_seconds()
        late = [
            (await order(stage, load, index, chance.uniform(_SHORTEST, _LONGEST))).late
            for index in range(images)
        ]
        return late, (side.cpu_seconds() - before) / images


async def _gather(stage: Stage, side: Side, jobs: int, seconds: float) -> Crowd:
    """Let jobs wait at fal."""
    async with _starting_empty(stage, side) as load:
        idle = side.memory(stage)
        stage.fal.is_instant = False
        at_fal = await _submit(stage, load, jobs)
        polls, cpu = stage.fal.calls["status"], side.cpu_seconds()
        await asyncio.sleep(seconds)
        polls = stage.fal.calls["status"] - polls
        cores = (side.cpu_seconds() - cpu) / seconds
        return Crowd(jobs, at_fal, idle, side.memory(stage), cores, polls / seconds)


async def _submit(stage: Stage, load: Load, jobs: int) -> int:
    """Order this many images, and wait until fal has all of them; return how many it has."""
    before = stage.fal.calls["submit"]
    for index in range(jobs):
        load.offer(delivery(message(ORDER, user(index))))
        await asyncio.sleep(1 / _ORDERS_A_SECOND)
    until = time.perf_counter() + _WAIT
    while (submitted := stage.fal.calls["submit"] - before) < jobs:
        if time.perf_counter() > until:
            break
        await asyncio.sleep(0.05)
    return submitted


async def _restart(stage: Stage, side: Side, jobs: int) -> int:
    """Kill every process while jobs are at fal, and start again; return how many results arrive."""
    watch = Stopwatch()
    async with _starting_empty(stage, side) as load:
        stage.fal.seconds = _RESTARTED
        for index in range(jobs):
            watch.begin(user(index), time.perf_counter())
        stage.telegram.watch_results(watch.end)
        await _submit(stage, load, jobs)
        for program in side.programs:
            program.kill()
    async with _serving(stage, side):
        arrived = -1
        while arrived < len(watch.latencies):
            arrived = len(watch.latencies)
            with suppress(TimeoutError):
                await watch.wait_until_quiet(_RESTARTED + 20)
    stage.telegram.unwatch_results(watch.end)
    return arrived


def _report(measured: dict[str, Measured], restarted: int) -> Result:
    ours, peer = measured[_OURS], measured[SIMPLEST]
    jobs = ours.crowd.jobs
    findings = [
        Finding(
            what="fal's end to Telegram, p50 / p99",
            measured=_latency(ours.late),
            reach=f"the bot in one process: {_latency(peer.late)}",
            met=percentile(ours.late, 0.5) <= percentile(peer.late, 0.5),
        ),
        Finding(
            what="memory of a job that waits for fal",
            measured=_per_job(ours.crowd),
            reach=f"the bot in one process: {_per_job(peer.crowd)}",
        ),
        Finding(
            what=f"results after SIGKILL and a restart with {number(restarted)} jobs at fal",
            measured=number(ours.arrived),
            reach=f"all; the bot in one process: {number(peer.arrived)}",
            met=ours.arrived == restarted,
        ),
    ]
    rows = [
        [name, *_times(one.late), number(one.cpu * 1000), f"{one.arrived} of {restarted}"]
        for name, one in measured.items()
    ]
    crowds = [
        [
            name,
            mebibytes(one.crowd.idle),
            mebibytes(one.crowd.waiting),
            number(one.crowd.at_fal),
            number(one.crowd.cores, 2),
            number(one.crowd.polls),
        ]
        for name, one in measured.items()
    ]
    head = ["program", "late p50, ms", "late p99, ms", "CPU per image, ms", "after a restart"]
    waiting = f"{number(jobs)} waiting jobs"
    return Result(
        row="13",
        title="The bot in one process",
        findings=findings,
        tables=[
            Table(head=head, rows=rows),
            Table(
                head=["program", "idle", waiting, "of them at fal", "cores", "polls/s"], rows=crowds
            ),
        ],
        felt={
            "results that arrive after all processes were killed while fal worked": (
                f"{ours.arrived} of {restarted}"
            )
        },
        notes=[
            f"{len(ours.late)} images of 1024 × 1024 (PNG), {_SHORTEST:g} to {_LONGEST:g} s at fal."
        ],
    )


def _times(late: list[float]) -> list[str]:
    return [number(percentile(late, share) * 1000) for share in (0.5, 0.99)]


def _latency(late: list[float]) -> str:
    return f"{' / '.join(_times(late))} ms"


def _per_job(crowd: Crowd) -> str:
    return f"{number((crowd.waiting - crowd.idle) / crowd.jobs / 1024)} kB"
