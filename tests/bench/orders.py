"""Users who order images, from the update to the image in the chat."""

import asyncio
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.load import Load
from tests.bench.stage import Stage
from tests.bench.telegram import Stopwatch
from tests.bench.updates import delivery, message, user
from tests.infra.pictures import encoded, photo

ORDER = "/image a boat on a lake at dawn, oil on canvas"
#: The command of `settled`, which the product does not use.
SETTLED = ("ZCARD", "darkroom:due:img_queue", False)


def picture() -> tuple[bytes, str]:
    """Return an image as a model usually makes it."""
    return encoded(photo((1024, 1024)), "PNG"), "image/png"


@dataclass(frozen=True)
class Course:
    """The stages of one order, in seconds since the update was sent; nan for what the program does not do."""

    card: float
    submitted: float
    ended: float
    downloaded: float
    delivered: float

    @property
    def late(self) -> float:
        """Seconds from the end at fal, when its webhook is sent, to Telegram."""
        return self.delivered - self.ended


async def order(stage: Stage, load: Load, number: int, seconds: float = 0) -> Course:
    """Order one image, which takes so long at fal; return after its delivery and its card's last edit."""
    watch, chat = Stopwatch(), user(number)
    stage.fal.seconds = seconds
    stage.telegram.watch_results(watch.end)
    try:
        started = time.perf_counter()
        watch.begin(chat, started)
        load.offer(delivery(message(ORDER, chat)))
        await watch.wait_until_quiet()
    finally:
        stage.telegram.unwatch_results(watch.end)
    await settled(stage)

    def since(times: Mapping[str, float], call: str) -> float:
        return times.get(call, math.nan) - started

    submitted = since(stage.fal.times, "submit")
    return Course(
        card=since(stage.telegram.times, "sendMessage"),
        submitted=submitted,
        ended=submitted + seconds,
        downloaded=since(stage.fal.times, "download"),
        delivered=stage.telegram.last_result - started,
    )


async def settled(stage: Stage, seconds: float = 30) -> None:
    """Wait until every job has ended."""
    until = time.perf_counter() + seconds
    while stage.redis.zcard(SETTLED[1]):
        active = stage.redis.zrange(SETTLED[1], 0, -1)
        assert time.perf_counter() < until, f"jobs are still active: {active}"
        await asyncio.sleep(0.005)
