"""Users who write: updates go to webhook_app, and the bot's answers come out at Telegram."""

import asyncio
import random
import time

from tests.bench.load import Load
from tests.bench.telegram import Stopwatch, Telegram
from tests.bench.updates import delivery, message, user


async def one_by_one(load: Load, telegram: Telegram, count: int, text: str) -> list[float]:
    """Send updates one at a time, each some 50 ms after the last answer; return the seconds to each answer."""
    watch = Stopwatch()
    telegram.watch("sendMessage", watch.end)
    try:
        for number in range(count):
            _write(load, watch, user(number), text, time.perf_counter())
            await watch.wait_until_quiet()
            await asyncio.sleep(random.uniform(0.03, 0.07))  # noqa: S311 - random, so that no poll interval matches
    finally:
        telegram.unwatch("sendMessage", watch.end)
    return watch.latencies


async def steadily(
    load: Load, telegram: Telegram, rate: float, seconds: float, text: str
) -> list[float]:
    """Send this many updates a second, from all chats in turn."""
    watch, loop = Stopwatch(), asyncio.get_running_loop()
    telegram.watch("sendMessage", watch.end)
    try:
        started, offset = time.perf_counter(), loop.time() - time.perf_counter()
        for number in range(int(rate * seconds)):
            due = started + number / rate
            loop.call_at(due + offset, _write, load, watch, user(number), text, due)
        await asyncio.sleep(seconds)
        await watch.wait_until_quiet()
    finally:
        telegram.unwatch("sendMessage", watch.end)
    return watch.latencies


async def at_once(load: Load, telegram: Telegram, count: int, text: str) -> float:
    """Send one update from every user at once; return answers a second until the last has come."""
    watch = Stopwatch()
    telegram.watch("sendMessage", watch.end)
    started = time.perf_counter()
    try:
        for number in range(count):
            _write(load, watch, user(number), text, started)
        await watch.wait_until_quiet(60)
    finally:
        telegram.unwatch("sendMessage", watch.end)
    return count / (time.perf_counter() - started)


def _write(load: Load, watch: Stopwatch, chat: int, text: str, due: float) -> None:
    watch.begin(chat, due)
    load.offer(delivery(message(text, chat)))
