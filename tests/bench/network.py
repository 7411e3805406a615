"""Row 10: answers and polls with 1.3 ms between the workers and Redis, for one, two and four workers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import pairwise

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.bench.conversations import at_once, one_by_one, steadily
from tests.bench.figures import number, percentile
from tests.bench.followers import DARKROOM
from tests.bench.load import connected
from tests.bench.polling import climb
from tests.bench.program import Program, running
from tests.bench.reply import CONNECTIONS, TEXT
from tests.bench.result import Finding, Result, Table
from tests.bench.shares import Shares, shares_of
from tests.bench.stage import Bench, Stage, say
from tests.processes import free_port

_ROUND_TRIP = 0.0013
_WORKERS = (1, 2, 4)
_CROWD = 1000
# Jobs that more than these workers could poll in time: one on a whole core, four on shares.
_FOLLOWED, _FOLLOWED_ON_SHARES = 10_000, 5000
#: Four workers, webhook_app and Redis leave 0.8 of two cores to the load, the fakes and the proxy.
_SHARE = 0.2
_LOOPBACK, _WHOLE = "loopback, 1 worker", "1.3 ms, 1 worker"
# The method is sound if a share of a core behaves like a whole core that is as much slower.
_LIKE_A_CORE = (0.75, 1.33)


@dataclass(frozen=True)
class Measured:
    """Answers a second, seconds to an answer without load, polls a second, cores."""

    answers: float
    alone: float
    looks: float
    cores: float

    def scaled(self, share: float) -> "Measured":
        """Return what whole cores would do."""
        return Measured(
            self.answers / share, self.alone * share, self.looks / share, self.cores / share
        )


async def measure(bench: Bench) -> list[Result]:
    # Several workers need both cores, so one worker gets them, too.
    short = replace(bench, seconds=min(bench.seconds, 3))
    measured, shares = {}, shares_of(_SHARE)
    async with AsyncExitStack() as stack:
        near = await stack.enter_async_context(bench.stage())
        near = replace(near, darkroom=replace(near.darkroom, cores=bench.cores.both))
        far = await stack.enter_async_context(_far_away(bench, near, _ROUND_TRIP))
        measured[_LOOPBACK] = await _measure(short, near, _LOOPBACK)
        measured[_WHOLE] = await _measure(short, far, _WHOLE)
        if shares:
            slow = await stack.enter_async_context(_far_away(bench, near, _ROUND_TRIP / _SHARE))
            for workers in _WORKERS:
                stage = replace(slow, workers=workers, shares=shares)
                name = f"1.3 ms, {_count(workers)} with {_SHARE:.0%} of a core each"
                measured[name] = (await _measure(short, stage, name)).scaled(_SHARE)
        else:
            for workers in _WORKERS[1:]:
                name = f"1.3 ms, {_count(workers)} on the same cores"
                measured[name] = await _measure(short, replace(far, workers=workers), name)
    return [_report(measured, shares)]


def _count(workers: int) -> str:
    return "1 worker" if workers == 1 else f"{workers} workers"


@asynccontextmanager
async def _far_away(bench: Bench, stage: Stage, round_trip: float) -> AsyncIterator[Stage]:
    port, socket = free_port(), stage.valkey.url.removeprefix("unix://")
    arguments = ("-m", "tests.bench.delay", str(port), socket, str(round_trip / 2))
    proxy = Program(f"delay-{port}", arguments, {}, stage.folder, bench.cores.others)
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
    crowd = int(_CROWD * (_SHARE if stage.shares else 1))
    webhook_app = stage.darkroom.webhook_app()
    workers = [stage.darkroom.worker(number) for number in range(stage.workers)]
    async with running(webhook_app, *workers):
        await webhook_app.wait_until(stage.darkroom.is_open)
        for worker in workers:
            await worker.wait_until(stage.has_workers)
        async with connected(stage.darkroom.port, CONNECTIONS) as load:
            await steadily(load, stage.telegram, 50, 4, TEXT)
            with stage.limited(webhook_app, *workers):
                answers = [
                    await at_once(load, stage.telegram, crowd, TEXT) for _ in range(bench.rounds)
                ]
                alone = await one_by_one(load, stage.telegram, 20, TEXT)
    say(f"row 10: {name}: {number(percentile(answers, 0.5))} answers/s")
    quiet = replace(stage, darkroom=replace(stage.darkroom, webhooks=False))
    followed = _FOLLOWED_ON_SHARES if stage.shares else _FOLLOWED
    rung = await climb(bench, quiet, DARKROOM, 1000 if bench.is_quick else followed)
    return Measured(percentile(answers, 0.5), percentile(alone, 0.5), rung.looks, rung.cpu)


def _report(measured: dict[str, Measured], shares: Shares | None) -> Result:
    near, whole, *several = measured.values()
    rows = [
        [
            name,
            number(one.answers),
            number(one.alone * 1000, 1),
            number(one.looks),
            number(one.cores, 2),
        ]
        for name, one in measured.items()
    ]
    answers, looks = whole.answers / near.answers, whole.looks / near.looks
    findings = [
        Finding(
            what="one worker over a network, relative to loopback",
            measured=f"{answers:.2f} × the answers, {looks:.2f} × the polls",
            reach="≥ half",
            met=min(answers, looks) >= 0.5,
        )
    ]
    if shares:
        findings += _with_cores_of_their_own(whole, several)
    else:
        findings.append(
            Finding(
                what="2 and 4 workers over a network, on the same cores",
                measured=_growth([whole, *several]),
            )
        )
    notes = [
        f"More jobs than the workers can poll every 5 s. With shares, the round trip is"
        f" {_ROUND_TRIP / _SHARE * 1000:g} ms, and Redis and webhook_app have a share each, too; the"
        " figures are those of whole cores."
        if shares
        else "Without control groups (root, Linux) no process gets a core of its own here."
    ]
    head = ["", "answers/s", "one at a time, ms", "polls/s", "cores"]
    return Result(
        row="10",
        title="Redis over a network",
        findings=findings,
        tables=[Table(head=head, rows=rows)],
        notes=notes,
    )


def _with_cores_of_their_own(whole: Measured, several: Sequence[Measured]) -> list[Finding]:
    first = several[0]
    likeness = first.answers / whole.answers, first.looks / whole.looks
    low, high = _LIKE_A_CORE
    return [
        Finding(
            what="one worker on a share of a core, relative to a whole core",
            measured=f"{likeness[0]:.2f} × the answers, {likeness[1]:.2f} × the polls",
            reach=f"{low:g} to {high:g} ×",
            met=low <= min(likeness) and max(likeness) <= high,
        ),
        Finding(
            what="2 and 4 workers over a network with cores of their own, relative to one",
            measured=_growth(several),
            reach="each more than the one before",
            met=_grows([one.answers for one in several]) and _grows([one.looks for one in several]),
        ),
    ]


def _growth(several: Sequence[Measured]) -> str:
    first, *more = several
    answers = " and ".join(f"{one.answers / first.answers:.1f}" for one in more)
    looks = " and ".join(f"{one.looks / first.looks:.1f}" for one in more)
    return f"{answers} × the answers, {looks} × the polls"


def _grows(values: Sequence[float]) -> bool:
    return all(after > before for before, after in pairwise(values))
