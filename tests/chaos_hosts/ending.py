"""The result of a run, also of an aborted one."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

import httpx

from tests.chaos.ledger import Ledger, take_stock
from tests.chaos.orders import Order
from tests.chaos.report import lines
from tests.chaos.scenario import Outcome, Plan, duration, recoveries
from tests.chaos_hosts.fleet import Hosts
from tests.user import User, words

_COUNT_SECONDS = 30.0


@dataclass(frozen=True)
class Scene:
    """The hosts, the users, and their orders."""

    fleet: Hosts
    http: httpx.AsyncClient
    users: Sequence[User]
    orders: Sequence[Order]
    random: Random


@dataclass
class Progress:
    """What the run waits for, and the count once there is one."""

    awaited: str
    scene: Scene | None = None
    ledger: Ledger | None = None


@dataclass(frozen=True)
class Ending:
    """`problem` says why it was aborted; without an outcome, `notes` are all that is known."""

    outcome: Outcome | None
    notes: Sequence[str] = ()
    problem: str | None = None

    @property
    def is_clean(self) -> bool:
        return self.problem is None and self.outcome is not None and self.outcome.is_clean

    def lines(self) -> Iterator[str]:
        if self.outcome:
            yield from lines(self.outcome)
        yield from self.notes
        if self.problem:
            yield f"ABORTED while waiting until {self.problem}"


async def count(plan: Plan, progress: Progress, problem: str | None) -> Ending:
    """Count within a minute; without an answer of the service, from fal's requests and Telegram's messages."""
    said = problem and f"{progress.awaited}: {problem}"
    scene = progress.scene
    if scene is None:
        return Ending(None, ["  nothing was ordered yet"], said)
    try:
        async with asyncio.timeout(_COUNT_SECONDS):
            placed = await _placed(scene)
            ledger = progress.ledger or await _ledger(scene, placed)
            sent = await _answer(scene, f"{scene.fleet.installation.telegram_url}/sent")
    except (httpx.HTTPError, TimeoutError) as error:
        silence = f"  the jobs cannot be counted: {type(error).__name__}"
        return Ending(None, [silence, *await _seen(scene)], said or silence.strip())
    plan = replace(plan, jobs=len(placed))
    return Ending(
        _outcome(plan, scene.fleet, ledger, sent), [*_costs(scene.fleet, ledger, sent)], said
    )


async def _placed(scene: Scene) -> list[Order]:
    """Return the orders that were placed before an abort."""
    said = [words(message) for user in scene.users for message in await user.messages()]
    tags = {word for text in said for word in text.split()}
    return [order for order in scene.orders if order.tag in tags]


async def _ledger(scene: Scene, orders: Sequence[Order]) -> Ledger:
    return await take_stock(scene.fleet, scene.http, scene.users, orders)


async def _answer(scene: Scene, url: str) -> Any:
    return (await scene.http.get(url)).raise_for_status().json()


async def _seen(scene: Scene) -> list[str]:
    """Read both fakes, whose host is never disconnected."""
    installation = scene.fleet.installation
    try:
        async with asyncio.timeout(_COUNT_SECONDS):
            asked = await _answer(scene, f"{installation.fal_url}/requests")
            sent = await _answer(scene, f"{installation.telegram_url}/sent")
    except (httpx.HTTPError, TimeoutError) as error:
        return [f"  nor what was paid and sent: {type(error).__name__}"]
    digests = Counter(request["input_sha256"] for request in asked)
    methods = {"editMessageMedia", "sendPhoto"}
    pictures = sum(call["method"] in methods and call["status"] == 200 for call in sent)
    return [
        *(f"  {kill.kind}" for kill in scene.fleet.kills),
        f"  paid requests {len(asked)}, paid again {len(asked) - len(digests)}",
        f"  pictures sent {pictures}, of {len(scene.orders)} to be ordered",
    ]


def _outcome(
    plan: Plan, fleet: Hosts, ledger: Ledger, sent: Sequence[Mapping[str, Any]]
) -> Outcome:
    return Outcome(
        plan=plan,
        ledger=ledger,
        faults={kill.kind: 1 for kill in fleet.kills},
        deaths=fleet.deaths,
        accepted_forgeries=0,
        oom_kills=0,
        recoveries=recoveries([kill.at for kill in fleet.kills], sent),
        durations=[duration(job) for job in _jobs(ledger)],
    )


def _jobs(ledger: Ledger) -> list[Mapping[str, Any]]:
    return [entry.job for entry in ledger.entries if entry.job]


def _costs(fleet: Hosts, ledger: Ledger, sent: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """From each fault to the next message in Telegram, and to the end of the last active job."""
    jobs = _jobs(ledger)
    for kill in fleet.kills:
        (seen,) = recoveries([kill.at], sent)
        ends = [end - kill.at for begin, end in map(_life, jobs) if begin < kill.at < end]
        last = f"{len(ends)} under way, the last ended {max(ends, default=0):.1f} s after it"
        yield f"  {kill.kind}: {seen:.1f} s to the next word; {last}"


def _life(job: Mapping[str, Any]) -> tuple[float, float]:
    begin = datetime.fromisoformat(job["created_at"]).timestamp()
    return begin, begin + duration(job)
