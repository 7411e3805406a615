"""Thousands of finished jobs of one user: copies of one real job, packed as they are a day later."""

import asyncio

from infra.redis.client import connect
from tests.bench.fill import filling, forget_steps, gathered
from tests.bench.orders import order
from tests.bench.serving import serving
from tests.bench.stage import Stage
from tests.bench.updates import user
from worker.jobs.packing import Packing
from worker.model import Job, Status

# Fields of the job's own, or of its processing. A job that has its task waits for fal's bill, and is not packed.
_NOT_COPIED = {"id", "request", "status", "created_at", "updated_at", "step", "cost", "task"}


async def make_template(stage: Stage) -> Job:
    """Finish a real job and return its record."""
    async with serving(stage) as product:
        await order(stage, product.load, 0)
    async with filling(stage.valkey.url) as jobs:
        page = await jobs.page(user_id=user(0), limit=1)
    return page.jobs[0]


async def add_copies(stage: Stage, template: Job, numbers: range) -> None:
    """Write copies to Redis by the product's own scripts, as finished jobs of the same user."""
    known = template.model_dump(exclude=_NOT_COPIED, exclude_defaults=True)
    async with filling(stage.valkey.url) as jobs:

        async def add(number: int) -> str:
            job = await jobs.create(template.request, f"copy:{number}", cost=template.cost or 0)
            await jobs.move(job, {Status.CREATED}, Status.DONE, due=None, **known)
            return job.id

        added = await gathered(add, numbers)
    redis = connect(stage.valkey.url)
    assert await Packing(redis).pack(added) == len(added)
    await redis.aclose(close_connection_pool=True)
    await asyncio.to_thread(forget_steps, stage.redis)
