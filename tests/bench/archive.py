"""A person's finished jobs by the thousand: copies of one that was really made."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench.fill import filling, forget_steps, gathered
from tests.bench.load import Load, connected
from tests.bench.orders import order
from tests.bench.program import Program, running
from tests.bench.stage import Stage
from tests.bench.updates import user
from worker.model import Job, Status

# What is the job's own, or belongs to how it came about.
_NOT_COPIED = {"id", "request", "status", "created_at", "updated_at", "step", "cost"}


@asynccontextmanager
async def serving(stage: Stage) -> AsyncIterator[tuple[Load, Program, Program]]:
    """The front door and a worker, ready, with connections to the door."""
    door, worker = stage.darkroom.door(), stage.darkroom.worker()
    async with running(door, worker):
        await worker.wait_until(stage.darkroom.is_healthy)
        async with connected(stage.darkroom.port, 4) as load:
            stage.fal.use_door(load)
            yield load, door, worker


async def make_template(stage: Stage) -> Job:
    """A job as it stands when everything about it is over."""
    async with serving(stage) as (load, *_):
        await order(stage, load, 0)
    async with filling(stage.valkey.url) as jobs:
        page = await jobs.page(user_id=user(0), limit=1)
    return page.jobs[0]


async def add_copies(stage: Stage, template: Job, numbers: range) -> None:
    """Put them into Redis by the product's own scripts, as finished jobs of the same person."""
    known = template.model_dump(exclude=_NOT_COPIED, exclude_defaults=True)
    async with filling(stage.valkey.url) as jobs:

        async def add(number: int) -> None:
            job = await jobs.create(template.request, f"copy:{number}", cost=template.cost or 0)
            await jobs.move(job, {Status.CREATED}, Status.DONE, due=None, **known)

        await gathered(add, numbers)
    await asyncio.to_thread(forget_steps, stage.redis)
