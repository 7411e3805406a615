"""People order at a steady rate; one host is cut off for a while, one dies, and the master's dies."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx

from tests.chaos.fleet import Kill
from tests.chaos.ledger import Ledger
from tests.chaos.orders import make_orders
from tests.chaos.scenario import Outcome, Plan, duration, place, recoveries, settle
from tests.chaos_hosts.fleet import API_TOKEN, Hosts, running_hosts
from tests.chaos_hosts.network import Host
from tests.person import create_people
from tests.processes import eventually

PLAN = Plan(
    jobs=150,
    people=20,
    seed=1,
    rate=5.0,
    # What fal's webhooks may do; the hosts' trouble is enough.
    trouble=("#twice", "#nohook", "#latehook"),
    settle=100.0,
)
_CUT_SECONDS = 12.0
# Seconds after the first order, and how much later by the seed.
_CUT, _KILL, _FAIL_OVER, _SPREAD = 4.0, 9.0, 18.0, 4.0


async def play(
    plan: Plan, seed: int, folder: Path, hosts: Sequence[Host]
) -> tuple[Outcome, Sequence[str]]:
    """Run the whole scenario; beside the outcome, what each blow has cost in time."""
    plan = replace(plan, seed=seed)
    random = Random(seed)  # noqa: S311 - a run is repeated by its seed
    async with AsyncExitStack() as stack:
        fleet = await stack.enter_async_context(running_hosts(folder, hosts))
        http = await stack.enter_async_context(_client())
        people = await create_people(fleet.installation.telegram_url, plan.people)
        for person in people:
            stack.push_async_callback(person.close)
        orders = make_orders(random, plan.jobs, plan.people, plan.trouble)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(place(people, orders, plan.rate))
            tasks.create_task(_strike(fleet, random))
        await eventually(fleet.is_healthy, "the service has recovered")
        ledger = await settle(fleet, http, people, orders, plan.settle)
        sent = await http.get(f"{fleet.installation.telegram_url}/sent")
        return _outcome(plan, fleet, ledger, sent.raise_for_status().json())


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        trust_env=False, timeout=30, headers={"Authorization": f"Bearer {API_TOKEN}"}
    )


async def _strike(fleet: Hosts, random: Random) -> None:
    first, second = random.sample(range(len(fleet.workers)), 2)
    async with asyncio.TaskGroup() as blows:
        blows.create_task(_later(_CUT, random, fleet.cut_off(first, _CUT_SECONDS)))
        blows.create_task(_later(_KILL, random, fleet.kill_worker(second)))
        blows.create_task(_later(_FAIL_OVER, random, fleet.kill_master()))


def _later(seconds: float, random: Random, blow: Any) -> Any:
    pause = seconds + random.uniform(0, _SPREAD)

    async def strike() -> None:
        await asyncio.sleep(pause)
        await blow

    return strike()


def _outcome(
    plan: Plan, fleet: Hosts, ledger: Ledger, sent: Sequence[Mapping[str, Any]]
) -> tuple[Outcome, Sequence[str]]:
    moments = [kill.at for kill in fleet.kills]
    jobs = [entry.job for entry in ledger.entries if entry.job]
    outcome = Outcome(
        plan=plan,
        ledger=ledger,
        blows={kill.kind: 1 for kill in fleet.kills},
        deaths=fleet.deaths,
        let_in=0,
        recoveries=recoveries(moments, sent),
        durations=[duration(job) for job in jobs],
    )
    return outcome, list(_costs(fleet.kills, jobs, sent))


def _costs(
    kills: Sequence[Kill], jobs: Sequence[Mapping[str, Any]], sent: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """To the next thing that is seen in Telegram, and to the end of the last job that was under way."""
    for kill in kills:
        (seen,) = recoveries([kill.at], sent)
        ends = [end - kill.at for begin, end in map(_life, jobs) if begin < kill.at < end]
        last = f"{len(ends)} under way, the last ended {max(ends, default=0):.1f} s after it"
        yield f"  {kill.kind}: {seen:.1f} s to the next word; {last}"


def _life(job: Mapping[str, Any]) -> tuple[float, float]:
    begin = datetime.fromisoformat(job["created_at"]).timestamp()
    return begin, begin + duration(job)
