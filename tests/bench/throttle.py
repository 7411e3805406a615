"""Row 14: many orders at the same moment, while Telegram refuses what is over its rates (429)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.sandbox.telegram.rates import RateLimits, Rates
from tests.bench.figures import number, percentile
from tests.bench.load import connected
from tests.bench.orders import picture, settled
from tests.bench.program import running
from tests.bench.result import Finding, Result, Table
from tests.bench.stage import Bench, say
from tests.bench.telegram import Stopwatch
from tests.bench.updates import delivery, message, user

_USERS, _IN_GROUP = 60, 20
_WORKERS = 2
_GROUP = -1_000_000_001
_LIMITS = RateLimits()
_RATES = {
    "tg_messages_per_second": f"{_LIMITS.bot_per_second:g}",
    "tg_chat_messages_per_second": f"{_LIMITS.chat_per_second:g}",
    "tg_group_messages_per_minute": str(_LIMITS.group_per_minute),
}
# A group's second minute is over by then.
_LONGEST = 150


@dataclass(frozen=True)
class Rush:
    """Seconds until each order had its result, Telegram's refusals, and its calls that count."""

    waits: Sequence[float]
    refused: int
    messages: int


async def measure(bench: Bench) -> list[Result]:
    users = await _rush(bench, [message(_TEXT, user(index)) for index in range(_USERS)])
    group = await _rush(bench, [_in_group(user(index)) for index in range(_IN_GROUP)])
    return [_report(users, group)]


_TEXT = "/image a boat on a lake at dawn, oil on canvas"


def _in_group(sender: int) -> dict[str, Any]:
    order = message(_TEXT, sender)
    order["message"]["chat"] = {"id": _GROUP, "type": "supergroup", "title": "Studio"}
    return order


async def _rush(bench: Bench, orders: Sequence[dict[str, Any]]) -> Rush:
    async with bench.stage(file=picture(), settings=_RATES) as stage:
        webhook_app = stage.darkroom.webhook_app()
        workers = [stage.darkroom.worker(index) for index in range(_WORKERS)]
        async with running(webhook_app, *workers):
            await workers[0].wait_until(stage.darkroom.is_healthy)
            async with connected(stage.darkroom.port, 8) as load:
                stage.fal.use_webhook_app(load)
                telegram, watch = stage.telegram, Stopwatch()
                telegram.rates = Rates(_LIMITS, time.time)
                telegram.watch_results(watch.end)
                for order in orders:
                    watch.begin(order["message"]["chat"]["id"], time.perf_counter())
                    load.offer(delivery(order))
                await watch.wait_until_quiet(_LONGEST)
                await settled(stage)
    messages = sum(telegram.calls[name] for name in _COUNTED) - telegram.refused
    say(f"row 14: {len(orders)} orders, {messages} messages, {telegram.refused} refusals")
    return Rush(watch.latencies, telegram.refused, messages)


_COUNTED = ("sendMessage", "sendPhoto", "editMessageText", "editMessageMedia")


def _report(users: Rush, group: Rush) -> Result:
    least = (2 * _USERS - _LIMITS.bot_burst) / _LIMITS.bot_per_second
    longest = max(users.waits)
    refused = users.refused + group.refused
    head = ["orders", "p50, s", "p90, s", "longest, s", "messages and edits", "refusals"]
    rows = [
        [
            name,
            *(number(percentile(list(rush.waits), share), 1) for share in (0.5, 0.9, 1)),
            number(rush.messages),
            number(rush.refused),
        ]
        for name, rush in ((f"{_USERS} users", users), (f"{_IN_GROUP} in one group", group))
    ]
    return Result(
        row="14",
        title="Many orders at once, within Telegram's rates",
        findings=[
            Finding(
                what=f"{_USERS} users at once: refusals of Telegram, also in a group",
                measured=number(refused),
                reach="0",
                met=refused == 0,
            ),
            Finding(
                what=f"{_USERS} users at once: all have their result after",
                measured=f"{number(longest, 1)} s",
                reach=f"≤ {number(least * 1.5, 1)} s; the rates need {number(least, 1)} s",
                met=longest <= least * 1.5,
            ),
        ],
        tables=[Table(head=head, rows=rows)],
        notes=["Two workers. fal answers at once."],
    )
