"""Users order at a steady rate while everything fails; then the faults stop, and every order must end correctly."""

import asyncio
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx

from tests.chaos.fleet import Fleet, running_fleet
from tests.chaos.ledger import Counted, Ledger, take_stock
from tests.chaos.money import Money, compare
from tests.chaos.orders import FAULT_WORDS, Order, make_orders
from tests.chaos.storm import Storm
from tests.user import User, create_users

_COUNT_SECONDS = 2.0


@dataclass(frozen=True)
class Plan:
    """`rate` is in orders a second, `interval` in seconds between faults, timeouts in seconds.

    Killed processes restart as under a supervisor, or `warm` (tests/forks.py): in a tenth of the time.
    """

    jobs: int
    users: int
    seed: int
    webhook_apps: int = 2
    workers: int = 3
    rate: float = 2.0
    interval: float = 2.0
    timeout_seconds: float = 60.0
    problem: Collection[str] = tuple(FAULT_WORDS)
    end_timeout: float = 150.0
    warm: bool = False


@dataclass(frozen=True)
class Outcome:
    plan: Plan
    ledger: Ledger
    faults: Mapping[str, int]
    deaths: Mapping[str, int]
    accepted_forgeries: int
    #: Processes that the kernel has killed for their memory.
    oom_kills: int
    #: Seconds from each kill to the service's next call to Telegram, and from each order to its end.
    recoveries: Sequence[float]
    durations: Sequence[float]
    money: Money | None = None

    @property
    def is_clean(self) -> bool:
        return (
            self.ledger.is_clean
            and (self.money is None or self.money.is_clean)
            and not self.accepted_forgeries
            and not self.deaths
            and not self.oom_kills
        )


async def play(plan: Plan, folder: Path | None = None) -> Outcome:
    """Run the whole scenario; `folder` keeps the logs and data, without it they are deleted."""
    random = Random(plan.seed)  # noqa: S311 - a run is repeated by its seed
    async with AsyncExitStack() as stack:
        home = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        fleet = await stack.enter_async_context(
            running_fleet(
                home, plan.webhook_apps, plan.workers, plan.timeout_seconds, warm=plan.warm
            )
        )
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=30))
        users = await create_users(fleet.installation.telegram_url, plan.users)
        for user in users:
            stack.push_async_callback(user.close)
        orders = make_orders(random, plan.jobs, plan.users, plan.problem)
        storm = Storm(fleet, random, http)
        placing = asyncio.create_task(place(users, orders, plan.rate))
        await storm.rage(plan.interval, placing)
        await placing
        ledger = await wait_until_ended(fleet, http, users, orders, plan.end_timeout)
        return await _outcome(plan, fleet, storm, http, ledger)


async def place(users: Sequence[User], orders: Sequence[Order], rate: float) -> None:
    began = time.monotonic()
    for order in orders:
        await asyncio.sleep(max(0.0, began + order.number / rate - time.monotonic()))
        await users[order.user].say(f"/image {order.prompt}")


async def wait_until_ended(
    fleet: Counted,
    http: httpx.AsyncClient,
    users: Sequence[User],
    orders: Sequence[Order],
    seconds: float,
) -> Ledger:
    """Count repeatedly until everything is correct or the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        await asyncio.sleep(_COUNT_SECONDS)
        ledger = await take_stock(fleet, http, users, orders)
        if ledger.is_settled or time.monotonic() > deadline:
            return ledger


async def _outcome(
    plan: Plan, fleet: Fleet, storm: Storm, http: httpx.AsyncClient, ledger: Ledger
) -> Outcome:
    sent = (await http.get(f"{fleet.installation.telegram_url}/sent")).raise_for_status().json()
    return Outcome(
        plan=plan,
        ledger=ledger,
        money=await compare(fleet.installation, http),
        faults=storm.faults,
        deaths=fleet.deaths,
        accepted_forgeries=storm.accepted_forgeries,
        oom_kills=sum(group.kills() for group in fleet.memory),
        recoveries=recoveries([kill.at for kill in fleet.kills], sent),
        durations=[duration(entry.job) for entry in ledger.entries if entry.job],
    )


def recoveries(kills: Sequence[float], sent: Sequence[Mapping[str, Any]]) -> list[float]:
    answers = sorted(call["at"] for call in sent if call["status"] == 200)
    return sorted(
        next(answered - at for answered in [*answers, float("inf")] if answered > at)
        for at in kills
    )


def duration(job: Mapping[str, Any]) -> float:
    begun, ended = job["created_at"], job.get("finished_at", job["updated_at"])
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds()
