"""Row 6: one image from the order to the chat: the time that is not fal's, CPU, Redis commands, HTTP calls."""

from collections import Counter
from dataclasses import dataclass

from tests.bench.commands import Commands, watch
from tests.bench.figures import number, percentile
from tests.bench.load import Load
from tests.bench.orders import SETTLED, Course, order, picture
from tests.bench.result import Finding, Result, Table
from tests.bench.serving import Serving, serving
from tests.bench.stage import Bench, Stage, say

_WATCHED = 10
# Seconds; a webhook does not come before the response to the submit.
_AT_FAL = 0.1
_STAGES = {
    "card": "the job message is at Telegram",
    "submitted": f"the request is at fal, which takes {_AT_FAL * 1000:g} ms",
    "ended": "fal sends the webhook",
    "downloaded": "the download of the result starts",
    "delivered": "the image is at Telegram",
}
# The job message, the order, its result with what fal bills, and the result in the chat. A chat shows for five
# seconds that the bot is busy, if it has nothing else to show.
_NECESSARY = {"sendMessage": 1, "submit": 1, "result": 1, "download": 1, "editMessageMedia": 1}
_OPTIONAL = {"sendChatAction": 1}


@dataclass(frozen=True)
class Measured:
    courses: list[Course]
    cpu: float
    calls: Counter[str]
    commands: Commands


async def measure(bench: Bench) -> list[Result]:
    async with bench.stage(file=picture()) as stage, serving(stage) as product:
        measured = await _measure(bench, stage, product)
    say(f"row 6: {len(measured.courses)} images, one after another")
    return [_report(measured)]


async def _measure(bench: Bench, stage: Stage, product: Serving) -> Measured:
    count = max(10, int(bench.seconds * bench.rounds * 4))
    load = product.load
    await _order(stage, load, 5)
    stage.telegram.calls.clear()
    stage.fal.calls.clear()
    before = product.cpu_seconds()
    courses = await _order(stage, load, count)
    cpu = (product.cpu_seconds() - before) / count
    calls = stage.telegram.calls + stage.fal.calls
    commands = await watch(stage.redis, lambda: _order(stage, load, _WATCHED), ours=SETTLED)
    return Measured(courses, cpu, calls, commands)


async def _order(stage: Stage, load: Load, count: int) -> list[Course]:
    return [await order(stage, load, number, _AT_FAL) for number in range(count)]


def _report(measured: Measured) -> Result:
    count = len(measured.courses)
    rows = [
        [text, *_milliseconds([getattr(course, name) for course in measured.courses])]
        for name, text in _STAGES.items()
    ]
    calls = {name: n / count for name, n in sorted(measured.calls.items())}
    commands = sum(measured.commands.sent.values()) / _WATCHED
    added = _median([course.delivered - _AT_FAL for course in measured.courses])
    late = _median([course.late for course in measured.courses])
    last = _median([course.delivered - course.downloaded for course in measured.courses])
    cpu = measured.cpu * 1000
    findings = [
        Finding(
            what="time added to fal's, p50",
            measured=f"{number(added)} ms",
            reach="≤ 60 ms",
            met=added <= 60,
        ),
        Finding(
            what="of it from fal's webhook to Telegram, p50",
            measured=f"{number(late)} ms, {number(last)} of them from the download on",
            reach="≤ 25 ms",
            met=late <= 25,
        ),
        Finding(
            what="HTTP calls for one image",
            measured=", ".join(f"{n:.2g} {name}" for name, n in calls.items()),
            reach="only the necessary ones",
            met=_are_necessary(calls),
        ),
        Finding(
            what="CPU of webhook_app and worker per image",
            measured=f"{number(cpu)} ms",
            reach="≤ 25 ms",
            met=cpu <= 25,
        ),
        Finding(
            what="Redis commands for one image",
            measured=f"{number(commands)}, and {measured.commands.in_scripts / _WATCHED:.0f}"
            " within scripts",
        ),
    ]
    commands_by_name = [
        [name, f"{n / _WATCHED:.1f}"] for name, n in measured.commands.sent.most_common()
    ]
    return Result(
        row="6",
        title="One image",
        findings=findings,
        tables=[
            Table(head=["since the order was sent", "p50, ms", "p99, ms"], rows=rows),
            Table(head=["Redis command", "for one image"], rows=commands_by_name),
        ],
        felt={"an image is in the chat after fal has finished it": f"{number(late)} ms"},
        costs={"picture": measured.cpu},
        notes=[f"{number(count)} images of 1024 × 1024 (PNG), one after another."],
    )


def _milliseconds(values: list[float]) -> list[str]:
    return [number(percentile(values, share) * 1000, 1) for share in (0.5, 0.99)]


def _median(seconds: list[float]) -> float:
    """Return milliseconds."""
    return percentile(seconds, 0.5) * 1000


def _are_necessary(calls: dict[str, float]) -> bool:
    others = {name: n for name, n in calls.items() if n > _OPTIONAL.get(name, 0)}
    return others == _NECESSARY
