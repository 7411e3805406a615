"""Users who order images, from the update to the image in the chat."""

import asyncio
import time
from dataclasses import dataclass

from tests.bench.load import Load
from tests.bench.stage import Stage
from tests.bench.telegram import Stopwatch
from tests.bench.updates import delivery, message, user
from tests.infra.pictures import encoded, photo

#: The command of `settled`, which the product does not use.
SETTLED = ("ZCARD", "darkroom:due:img_queue", False)


def picture() -> tuple[bytes, str]:
    """Return an image as a model usually makes it."""
    return encoded(photo((1024, 1024)), "PNG"), "image/png"


@dataclass
class Course:
    """The stages of one order, in seconds since the update was sent."""

    card: float
    submitted: float
    downloaded: float
    delivered: float


async def order(stage: Stage, load: Load, number: int) -> Course:
    """Order one image for one user; return after its delivery and its card's last edit."""
    watch, chat = Stopwatch(), user(number)
    stage.telegram.watch_results(watch.end)
    try:
        started = time.perf_counter()
        watch.begin(chat, started)
        load.offer(delivery(message("/image a boat on a lake at dawn, oil on canvas", chat)))
        await watch.wait_until_quiet()
    finally:
        stage.telegram.unwatch_results(watch.end)
    await settled(stage)
    telegram, fal = stage.telegram.times, stage.fal.times
    return Course(
        card=telegram["sendMessage"] - started,
        submitted=fal["submit"] - started,
        downloaded=fal["download"] - started,
        delivered=stage.telegram.last_result - started,
    )


async def settled(stage: Stage, seconds: float = 30) -> None:
    """Wait until every job has ended."""
    until = time.perf_counter() + seconds
    while stage.redis.zcard(SETTLED[1]):
        assert time.perf_counter() < until, "jobs are still active"
        await asyncio.sleep(0.005)
