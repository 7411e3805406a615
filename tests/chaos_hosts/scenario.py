"""Users order at a steady rate; one host is disconnected for a while, one dies, and the master's dies."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from traceback import format_exception

import httpx

from tests.chaos.orders import make_orders
from tests.chaos.scenario import Plan, place, wait_until_ended
from tests.chaos_hosts.ending import Ending, Progress, Scene, count
from tests.chaos_hosts.fleet import API_TOKEN, Hosts, running_hosts
from tests.chaos_hosts.network import Host
from tests.processes import eventually
from tests.user import create_users

PLAN = Plan(
    jobs=150,
    users=20,
    seed=1,
    rate=5.0,
    # fal's webhooks work; the hosts' faults are enough.
    problem=("#twice", "#nohook", "#latehook"),
    end_timeout=100.0,
)
#: On two idle cores a run takes a quarter of it.
WHOLE_SECONDS = 480.0
_CUT_SECONDS = 12.0
# Seconds after the first order, and the seed's part of it.
_CUT, _KILL, _FAIL_OVER, _SPREAD = 4.0, 9.0, 18.0, 4.0


async def play(plan: Plan, seed: int, folder: Path, hosts: Sequence[Host]) -> Ending:
    """Run the whole scenario, and count at the end in any case."""
    plan, progress, problem = replace(plan, seed=seed), Progress("the hosts are up"), None
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(WHOLE_SECONDS) as limit:
                progress.scene = await _enter(stack, plan, folder, hosts)
                await _perform(plan, progress, progress.scene)
        except Exception as error:  # noqa: BLE001 - it is reported, and must not prevent the count
            why = f"not within {WHOLE_SECONDS:g} s in all"
            problem = why if limit.expired() else "".join(format_exception(error))
        return await count(plan, progress, problem)


async def _enter(stack: AsyncExitStack, plan: Plan, folder: Path, hosts: Sequence[Host]) -> Scene:
    fleet = await stack.enter_async_context(running_hosts(folder, hosts))
    http = await stack.enter_async_context(_client())
    users = await create_users(fleet.installation.telegram_url, plan.users)
    for user in users:
        stack.push_async_callback(user.close)
    random = Random(plan.seed)  # noqa: S311 - a run is repeated by its seed
    orders = make_orders(random, plan.jobs, plan.users, plan.problem)
    return Scene(fleet, http, users, orders, random)


async def _perform(plan: Plan, progress: Progress, scene: Scene) -> None:
    progress.awaited = "everything is ordered and every host was hit"
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(place(scene.users, scene.orders, plan.rate))
        tasks.create_task(_strike(scene.fleet, scene.random))
    progress.awaited = "the service has recovered"
    await eventually(scene.fleet.is_healthy, progress.awaited)
    progress.awaited = "every job has ended"
    progress.ledger = await wait_until_ended(
        scene.fleet, scene.http, scene.users, scene.orders, plan.end_timeout
    )
    progress.awaited = "what was sent is read"


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        trust_env=False, timeout=30, headers={"Authorization": f"Bearer {API_TOKEN}"}
    )


async def _strike(fleet: Hosts, random: Random) -> None:
    first, second = random.sample(range(len(fleet.workers)), 2)
    async with asyncio.TaskGroup() as faults:
        faults.create_task(_later(_CUT, random, partial(fleet.cut_off, first, _CUT_SECONDS)))
        faults.create_task(_later(_KILL, random, partial(fleet.kill_worker, second)))
        faults.create_task(_later(_FAIL_OVER, random, fleet.kill_master))


async def _later(seconds: float, random: Random, blow: Callable[[], Awaitable[None]]) -> None:
    await asyncio.sleep(seconds + random.uniform(0, _SPREAD))
    await blow()
