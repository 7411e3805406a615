"""Thousands of jobs, written to Redis by the product's own scripts."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import batched
from typing import Any

from redis import Redis

from tests.bench.batches import batching
from tests.bench.cores import ALL, running_on
from tests.bench.fal import Fal
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Kind, Request, Status
from worker.queues.names import Queue

_TOGETHER = 1000
_FAR = 3600.0
_MODELS = {
    Kind.IMAGE: "fal-ai/flux/schnell",
    Kind.VIDEO: "fal-ai/bytedance/seedance/v1.5/pro/text-to-video",
}
TOKEN = "a-token-of-the-bench-000000000000"
PROMPT = "A small boat on a lake at dawn, mist over the water, mountains behind, oil on canvas"


@dataclass(frozen=True)
class Flight:
    """Jobs that fal has had for `age` seconds; with a card, each has a message that shows it."""

    kind: Kind
    count: int
    users: int
    age: float = 600
    with_webhook: bool = False
    with_card: bool = False


@asynccontextmanager
async def filling(url: str, age: float = 0) -> AsyncIterator[JobStore]:
    """A store whose clock is `age` seconds slow; nothing is measured meanwhile, so all cores work."""
    redis = batching(url)
    try:
        with running_on(ALL):
            yield JobStore(redis, Limits(), clock=lambda: time.time() - age)
    finally:
        await redis.aclose(close_connection_pool=True)


async def put_at_fal(url: str, fal: Fal, flight: Flight) -> list[str]:
    """Create jobs at fal; return their ids. None is due before `let_be_due`, and no step of theirs is enqueued."""
    async with filling(url, flight.age) as jobs:

        async def begin(number: int) -> str:
            user = first_user(flight.kind) + number % flight.users
            job = await jobs.create(request(flight.kind, user, number), f"{flight.kind}:{number}")
            await jobs.move(
                job,
                {Status.CREATED},
                Status.RUNNING,
                due=_FAR,
                task=json.dumps(fal.addresses(job.id)),
                submitted_at=job.created_at,
                running_since=job.created_at,
                deadline=time.time() + _FAR,
                webhook_token=TOKEN if flight.with_webhook else None,
                progress_message_id=number + 1 if flight.with_card else None,
            )
            return job.id

        ids = await gathered(begin, range(flight.count))
    with Redis.from_url(url) as redis:
        forget_steps(redis)
    return ids


async def gathered[T](work: Callable[[int], Awaitable[T]], numbers: Iterable[int]) -> list[T]:
    """Await with bounded concurrency."""
    return [
        one
        for some in batched(numbers, _TOGETHER)
        for one in await asyncio.gather(*map(work, some))
    ]


def first_user(kind: Kind) -> int:
    return 7_000_000_001 if kind is Kind.IMAGE else 8_000_000_001


def request(kind: Kind, user: int, number: int) -> Request:
    return Request(
        kind=kind,
        user_id=user,
        chat_id=user,
        message_id=number + 1,
        language="ru",
        prompt=PROMPT,
        quoted=True,
        model=_MODELS[kind],
    )


def forget_steps(redis: Redis) -> None:
    """Remove the tasks that creating a job enqueues: it is at fal, or done, already."""
    keys: list[Any] = [queue.value for queue in Queue]
    for pattern in ("arq:job:*", "darkroom:wake:*"):
        keys += redis.scan_iter(pattern, count=5000)
    for some in batched(keys, 5000):
        redis.unlink(*some)


def let_be_due(redis: Redis, queue: Queue, ids: list[str], begin: float, interval: float) -> None:
    """Spread the next polls evenly over an interval that starts in `begin` seconds."""
    first = time.time() + begin
    for some in batched(enumerate(ids), 5000):
        due = {job_id: int((first + n / len(ids) * interval) * 1000) for n, job_id in some}
        redis.zadd(f"darkroom:due:{queue}", due)
