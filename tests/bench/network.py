"""Row 10: rows 3 and 4 with 1.3 ms between the workers and Redis, for one, two and four workers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import pairwise

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.bench.conversations import at_once, one_by_one, steadily
from tests.bench.figures import Spread, number
from tests.bench.followers import DARKROOM
from tests.bench.load import connected
from tests.bench.polling import Rung, climb
from tests.bench.program import Program, running
from tests.bench.reply import CONNECTIONS, TEXT
from tests.bench.result import Finding, Result, Table
from tests.bench.stage import Bench, Stage, say
from tests.processes import free_port

_ROUND_TRIP = 0.0013
_WORKERS = (1, 2, 4)
_CROWD = 1000
_FOLLOWED = 10_000


@dataclass(frozen=True)
class Measured:
    """Answers a second, and milliseconds to an answer without load."""

    name: str
    answers: Spread
    alone: Spread
    following: Rung


async def measure(bench: Bench) -> list[Result]:
    measured = []
    async with bench.stage() as loopback, _far_away(bench, loopback) as far:
        for name, stage, workers in (
            ("loopback, 1 worker", loopback, 1),
            *((f"1.3 ms, {_count(n)}", far, n) for n in _WORKERS),
        ):
            # Several workers need two cores, so one worker gets them, too.
            roomy = replace(stage.darkroom, cores=bench.cores.both)
            measured.append(
                await _measure(bench, replace(stage, darkroom=roomy, workers=workers), name)
            )
    return [_report(measured)]


def _count(workers: int) -> str:
    return "1 worker" if workers == 1 else f"{workers} workers"


@asynccontextmanager
async def _far_away(bench: Bench, stage: Stage) -> AsyncIterator[Stage]:
    port, socket = free_port(), stage.valkey.url.removeprefix("unix://")
    arguments = ("-m", "tests.bench.delay", str(port), socket, str(_ROUND_TRIP / 2))
    proxy = Program("delay", arguments, {}, stage.folder, bench.cores.others)
    url = f"redis://127.0.0.1:{port}/0"

    def answers() -> bool:
        with suppress(RedisConnectionError), Redis.from_url(url) as redis:
            return bool(redis.ping())
        return False

    async with running(proxy):
        await proxy.wait_until(answers)
        yield replace(stage, darkroom=replace(stage.darkroom, redis_url=url))


async def _measure(bench: Bench, stage: Stage, name: str) -> Measured:
    stage.valkey.empty()
    webhook_app, workers = (
        stage.darkroom.webhook_app(),
        [stage.darkroom.worker(n) for n in range(stage.workers)],
    )
    async with running(webhook_app, *workers):
        await webhook_app.wait_until(stage.darkroom.is_healthy)
        async with connected(stage.darkroom.port, CONNECTIONS) as load:
            await steadily(load, stage.telegram, 50, 4, TEXT)
            answers = [
                await at_once(load, stage.telegram, _CROWD, TEXT) for _ in range(bench.rounds)
            ]
            alone = await one_by_one(load, stage.telegram, 20, TEXT)
    say(f"row 10: {name}: {number(answers[-1])} answers/s")
    quiet = replace(stage, darkroom=replace(stage.darkroom, webhooks=False))
    followed = 1000 if bench.is_quick else _FOLLOWED
    rung = await climb(bench, quiet, DARKROOM, followed)
    return Measured(name, Spread.of(answers), Spread.of([s * 1000 for s in alone]), rung)


def _report(measured: list[Measured]) -> Result:
    near, *far = measured
    most_answers = max(one.answers.median for one in far) / near.answers.median
    most_looks = max(one.following.looks for one in far) / near.following.looks
    half = min(
        far[0].answers.median / near.answers.median, far[0].following.looks / near.following.looks
    )
    rows = [
        [
            one.name,
            one.answers.show(),
            number(one.alone.median, 1),
            number(one.following.looks),
            number(one.following.p99 * 1000),
            number(one.following.cpu, 2),
        ]
        for one in measured
    ]
    findings = [
        Finding(
            what="one worker over a network, relative to loopback",
            measured=f"{far[0].answers.median / near.answers.median:.2f} × the answers,"
            f" {far[0].following.looks / near.following.looks:.2f} × the polls",
            reach="≥ half",
            met=half >= 0.5,
        ),
        Finding(
            what="best of 1, 2, 4 workers over a network, relative to loopback",
            measured=f"{most_answers:.2f} × the answers, {most_looks:.2f} × the polls",
            reach="more than one worker",
            met=_grows([one.answers.median for one in far]),
        ),
    ]
    head = ["", "answers/s", "one at a time, ms", "polls/s", "late p99, ms", "cores"]
    return Result(
        row="10",
        title="Redis over a network",
        findings=findings,
        tables=[Table(head=head, rows=rows)],
        notes=[f"Polls of {number(near.following.count)} jobs every 5 s."],
    )


def _grows(values: list[float]) -> bool:
    return all(after > before for before, after in pairwise(values))
