"""People who order pictures, from the update to the picture in the chat."""

import asyncio
import time
from dataclasses import dataclass

from tests.bench.load import Load
from tests.bench.stage import Stage
from tests.bench.telegram import Stopwatch
from tests.bench.updates import delivery, message, user
from tests.infra.pictures import encoded, photo

#: How `settled` asks, which is no command of the product's.
SETTLED = ("ZCARD", "darkroom:due:img_queue", False)


def picture() -> tuple[bytes, str]:
    """What a model usually gives."""
    return encoded(photo((1024, 1024)), "PNG"), "image/png"


@dataclass
class Course:
    """The stages of one order, in seconds since the update was sent."""

    card: float
    submitted: float
    downloaded: float
    delivered: float


async def order(stage: Stage, load: Load, number: int) -> Course:
    """One picture for one person; returns when it was delivered and its card has been edited for the last time."""
    watch, chat = Stopwatch(), user(number)
    stage.telegram.watch("sendPhoto", watch.end)
    try:
        started = time.perf_counter()
        watch.begin(chat, started)
        load.offer(delivery(message("/image a boat on a lake at dawn, oil on canvas", chat)))
        await watch.settle()
    finally:
        stage.telegram.unwatch("sendPhoto", watch.end)
    await settled(stage)
    telegram, fal = stage.telegram.times, stage.fal.times
    return Course(
        card=telegram["sendMessage"] - started,
        submitted=fal["submit"] - started,
        downloaded=fal["download"] - started,
        delivered=telegram["sendPhoto"] - started,
    )


async def settled(stage: Stage, seconds: float = 30) -> None:
    """Wait until no job has anything before it."""
    until = time.perf_counter() + seconds
    while stage.redis.zcard(SETTLED[1]):
        assert time.perf_counter() < until, "jobs are still active"
        await asyncio.sleep(0.005)
