"""Row 12: without webhooks, how soon after its end at fal an image is at Telegram, and after how many polls."""

import random
import time

from tests.bench.figures import number, percentile
from tests.bench.load import Load, connected
from tests.bench.orders import settled
from tests.bench.program import running
from tests.bench.result import Finding, Result, Table
from tests.bench.stage import Bench, Stage, say
from tests.bench.telegram import Stopwatch
from tests.bench.updates import delivery, message, user
from tests.infra.pictures import encoded, photo

# Seconds that an image takes at fal.
_SHORTEST, _LONGEST = 0.4, 3.5
# The first orders show how long the model takes.
_LEARNING = 8


async def measure(bench: Bench) -> list[Result]:
    count = 12 if bench.is_quick else max(40, int(bench.seconds * bench.rounds * 4))
    file = (encoded(photo((512, 512)), "JPEG", quality=85), "image/jpeg")
    # Telegram calls webhook_app; fal has no connection to it, so that only polls find the end.
    async with bench.stage(file=file) as stage:
        webhook_app, worker = stage.darkroom.webhook_app(), stage.darkroom.worker()
        async with running(webhook_app, worker):
            await worker.wait_until(stage.darkroom.is_healthy)
            async with connected(stage.darkroom.port, 4) as load:
                chance = random.Random(12)  # noqa: S311 - not for security
                for index in range(_LEARNING):
                    await _order(stage, load, index, chance.uniform(_SHORTEST, _LONGEST))
                stage.fal.calls.clear()
                late = [
                    await _order(stage, load, index, chance.uniform(_SHORTEST, _LONGEST))
                    for index in range(count)
                ]
    polls = stage.fal.calls["status"] / count
    return [_report(late, polls)]


async def _order(stage: Stage, load: Load, index: int, seconds: float) -> float:
    """Order one image that takes so long at fal; return the seconds from its end there to its delivery."""
    watch, chat = Stopwatch(), user(index)
    stage.fal.seconds = seconds
    stage.telegram.watch_results(watch.end)
    try:
        watch.begin(chat, time.perf_counter())
        load.offer(delivery(message("/image a boat on a lake at dawn, oil on canvas", chat)))
        await watch.wait_until_quiet()
    finally:
        stage.telegram.unwatch_results(watch.end)
    await settled(stage)
    return stage.telegram.last_result - stage.fal.times["submit"] - seconds


def _report(late: list[float], polls: float) -> Result:
    p50, p99 = (percentile(late, share) * 1000 for share in (0.5, 0.99))
    say(f"row 12: p50 {p50:.0f} ms, p99 {p99:.0f} ms, {polls:.1f} polls")
    findings = [
        Finding(
            what="end at fal to Telegram without webhooks, p50 / p99",
            measured=f"{number(p50)} / {number(p99)} ms",
            reach="≤ 120 / 400 ms",
            met=p50 <= 120 and p99 <= 400,
        ),
        Finding(
            what="polls for one image",
            measured=number(polls, 1),
            reach="≤ 6",
            met=polls <= 6,
        ),
    ]
    head = ["late p50, ms", "late p90, ms", "late p99, ms", "polls"]
    row = [*(number(percentile(late, share) * 1000) for share in (0.5, 0.9, 0.99))]
    return Result(
        row="12",
        title="Polls without webhooks",
        findings=findings,
        tables=[Table(head=head, rows=[[*row, number(polls, 1)]])],
        notes=[
            f"{number(len(late))} images of one model, one after another: {_SHORTEST:g} to {_LONGEST:g} s at fal."
        ],
    )
