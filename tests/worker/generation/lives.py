"""Worker lives within a test: each is composed separately, and may be killed in the middle of a step.

A killed process sends nothing more to Redis: after the end of a life each of its commands raises.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, NoReturn

import pytest
from arq.connections import ArqRedis

from infra.redis.client import connect
from infra.settings import Settings
from infra.telegram.throttle import BOT_KEY
from worker.composition import Work, compose
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Status
from worker.queues.names import Queue

_PAUSE = 0.01
_TIMEOUT_SECONDS = 20.0
#: Methods of the Bot API whose last answer a send looks at.
SENDS = (
    *("sendMessage", "sendPhoto", "sendMediaGroup", "sendDocument", "editMessageMedia", "getMe"),
)
#: How much time a round of a life simulates.
MINUTE = 60


class Killed(BaseException):
    """Simulate `kill -9` for the code that it hits."""


@dataclass(frozen=True)
class Point:
    """A named place between two steps: before or after the first call of a method with such arguments."""

    name: str
    owner: type
    method: str
    after: bool = False
    #: A value or a name among the arguments.
    given: object = None

    def is_reached(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> bool:
        return self.given is None or self.given in (*arguments, *named)

    def __str__(self) -> str:
        return self.name


class Life:
    """A worker of every queue that this test's jobs need."""

    def __init__(self, redis: ArqRedis, work: Work) -> None:
        self.redis = redis
        self.work = work
        self.is_over = False

    async def live(self, *forgiven: type[Exception]) -> None:
        """Run what is due, as arq does, until nothing is left or this life is killed.

        arq logs exceptions of tasks and continues; here they must be expected.
        """
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        with suppress(Killed):
            while await self._is_needed():
                assert time.monotonic() < deadline, "some work is never done"
                await self._work_off(*forgiven)
                await self._let_time_pass()

    async def live_a_minute(self) -> None:
        """Run what is due now, and let scheduled work become due."""
        await self._work_off()
        await self._let_time_pass()

    def end(self) -> NoReturn:
        self.is_over = True
        self.redis.connection_pool.get_connection = _refuse
        raise Killed

    async def _is_needed(self) -> bool:
        return bool(await self.redis.exists("darkroom:chats", "darkroom:active:img_queue"))

    async def _work_off(self, *forgiven: type[Exception]) -> None:
        for queue in (Queue.UPDATES, Queue.IMAGES):
            for name, _ in await self.redis.zpopmin(queue, 100):
                job = json.loads(await self.redis.getdel(b"arq:job:" + name))
                with suppress(*forgiven):
                    await self.work[job["f"]](*job["a"])

    async def _let_time_pass(self) -> None:
        """Let leases expire, scheduled work become due and timeouts pass, and run the crons."""
        await asyncio.sleep(_PAUSE)
        await run_out(self.redis)
        for cron in ("recover", "plan", "reconcile", "inquire"):
            await self.work[cron]()


async def run_out(redis: ArqRedis) -> None:
    """Let the time of everything scheduled pass."""
    await redis.delete(BOT_KEY)
    for name in ("lease", "wake", "telegram-bucket", "card"):
        for key in await redis.keys(f"darkroom:{name}:*"):
            await redis.delete(key)
    for key in ("darkroom:due:img_queue", "darkroom:inquiries:img_queue", "darkroom:chats"):
        for member in await redis.zrange(key, 0, -1):
            await redis.zadd(key, {member: 0})
    jobs = JobStore(redis, Limits(), time.time)
    await _age_sends(redis, jobs)
    for job in (await jobs.page(statuses=[Status.UNCONFIRMED])).jobs:
        await jobs.update_fields(job.id, deadline=1)


async def _age_sends(redis: ArqRedis, jobs: JobStore) -> None:
    """Let a minute pass since the last unanswered sends to Telegram and since its last answers."""
    async with redis.pipeline(transaction=False) as pipe:
        for name in SENDS:
            pipe.hincrbyfloat("darkroom:telegram-answered", name, -MINUTE)
        await pipe.execute()
    for job in (await jobs.page()).jobs:
        for field in ("send_attempts", "edit_attempts", "card_attempts"):
            if sends := getattr(job, field):
                await jobs.update_fields(job.id, **{field: [sent - MINUTE for sent in sends]})


@asynccontextmanager
async def begin(settings: Settings) -> AsyncIterator[Life]:
    redis = connect(settings.redis_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(redis.connection_pool.disconnect)
        work: Work = {}
        for queue in (Queue.UPDATES, Queue.IMAGES):
            work |= compose(queue, settings, redis, stack)
        yield Life(redis, work)


def kill_at(point: Point, life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill a life at this point; later lives pass it unharmed."""
    whole = getattr(point.owner, point.method)

    async def mortal(*arguments: Any, **named: Any) -> Any:
        struck = not life.is_over and point.is_reached(arguments, named)
        if struck and not point.after:
            life.end()
        answer = await whole(*arguments, **named)
        if struck:
            life.end()
        return answer

    monkeypatch.setattr(point.owner, point.method, mortal)


async def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise Killed
