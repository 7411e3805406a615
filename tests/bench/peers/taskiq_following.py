# mypy: disable-error-code="import-not-found, untyped-decorator"
# (the peers have a virtual environment of their own)
"""taskiq polls jobs: `taskiq worker …:broker` and `taskiq scheduler …:scheduler`.

https://taskiq-python.github.io/guide/scheduling-tasks.html#dynamic-scheduling. Each poll is a task, which schedules the
next INTERVAL seconds later.
"""

import asyncio
import os
from datetime import UTC, datetime, timedelta

import httpx
from taskiq import TaskiqEvents, TaskiqScheduler, TaskiqState
from taskiq_redis import ListRedisScheduleSource, RedisStreamBroker

INTERVAL = timedelta(seconds=float(os.environ["INTERVAL"]))

broker = RedisStreamBroker(os.environ["REDIS_URL"])
source = ListRedisScheduleSource(os.environ["REDIS_URL"])
scheduler = TaskiqScheduler(broker, [source])


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def open_client(state: TaskiqState) -> None:
    state.http = httpx.AsyncClient()


@broker.task
async def follow(status_url: str) -> None:
    answer = await broker.state.http.get(status_url)
    if answer.json()["status"] != "COMPLETED":
        await follow.schedule_by_time(source, datetime.now(UTC) + INTERVAL, status_url)


def begin(base: str, count: int) -> None:
    """Enqueue the first polls, evenly spread."""
    asyncio.run(_begin(base, count))


async def _begin(base: str, count: int) -> None:
    await broker.startup()
    for number in range(count):
        first = INTERVAL * (1 + number / count)
        await follow.schedule_by_time(source, datetime.now(UTC) + first, f"{base}{number}/status")
    await broker.shutdown()
