"""The worker's own loop over a real Valkey, beside arq's where it matters."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from arq import func
from arq.connections import ArqRedis
from arq.worker import Function, Worker

from infra.redis.client import connect, dumps, loads
from tests.processes import eventually
from tests.refusals import refusing
from tests.valkey import ValkeyServer
from worker.jobs.schedule import JobSchedule
from worker.queues import arq_worker
from worker.queues.arq_worker import ClaimingWorker
from worker.queues.inbox import Inbox
from worker.queues.names import Queue, Task

# arq's own way of closing.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated close")


class Record:
    """What ran, and when; jobs may be held until they are let go."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.times: list[float] = []
        self.free = asyncio.Event()
        self.free.set()
        self._news = asyncio.Condition()

    async def add(self, run: str) -> None:
        async with self._news:
            self.runs.append(run)
            self.times.append(time.time())
            self._news.notify_all()

    async def wait_for(self, count: int, seconds: float = 5) -> None:
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: len(self.runs) >= count)


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that looks by itself so rarely that only a ring, or a time that has come, explains a start."""
    monkeypatch.setattr(arq_worker, "LONGEST_WAIT", 30)


def task(name: Task, record: Record) -> Function:
    async def run(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
        await record.add(args[0])
        await record.free.wait()

    return func(run, name=name, timeout=1)


@contextlib.asynccontextmanager
async def working(
    url: str, record: Record, kind: type[Worker] = ClaimingWorker, **settings: Any
) -> AsyncIterator[Worker]:
    worker = kind(
        [task(name, record) for name in (Task.DRAIN, Task.TRACK)],
        redis_pool=connect(url),
        job_serializer=dumps,
        job_deserializer=loads,
        handle_signals=False,
        max_tries=1,
        keep_result=0,
        **{"queue_name": Queue.UPDATES.value, "poll_delay": 0.02, **settings},
    )
    running = asyncio.create_task(worker.async_run())
    try:
        yield worker
    finally:
        await asyncio.gather(*worker.tasks.values())
        running.cancel()
        outcomes = await asyncio.gather(running, worker.close(), return_exceptions=True)
        assert not any(isinstance(outcome, Exception) for outcome in outcomes), outcomes


async def enqueue(redis: ArqRedis, *chats: str) -> None:
    """One update for each chat, which wakes a drain each."""
    for chat in chats:
        await Inbox(redis).enqueue(f"{chat}:{time.time()}", chat, b"{}")


async def asleep(redis: ArqRedis, count: int = 1) -> None:
    """Wait until so many workers listen."""

    async def listen() -> bool:
        blocked: int = (await redis.info("clients"))["blocked_clients"]
        return blocked >= count

    await eventually(listen, f"{count} workers listen", seconds=5)


@pytest.mark.usefixtures("patient")
async def test_a_ring_starts_a_job_at_once(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """Nobody polls: the update's own hand-over wakes the worker."""
    async with working(valkey_url, record):
        await asleep(redis)
        await enqueue(redis, "7")
        await record.wait_for(1, seconds=1)
    assert record.runs == ["7"]


@pytest.mark.usefixtures("patient")
async def test_a_deferred_job_starts_at_its_time(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """The worker sleeps to the very time that is next in its queue, neither shorter nor longer."""
    due = time.time() + 0.3
    async with working(valkey_url, record, queue_name=Queue.IMAGES.value):
        await asleep(redis)
        await JobSchedule(redis, Queue.IMAGES).schedule("a", 0.3)
        await record.wait_for(1, seconds=2)
    assert 0 <= record.times[0] - due + 0.001 < 0.2


async def test_a_job_that_nobody_rang_for_is_found(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """arq's own way of enqueueing rings no bell, and a ring can get lost: the worker looks now and then."""
    async with working(valkey_url, record):
        await asleep(redis)
        await redis.enqueue_job(Task.DRAIN, "7", _queue_name=Queue.UPDATES)
        await record.wait_for(1, seconds=2)


async def test_health_key_is_renewed_after_the_clock_was_set_back(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """A health check of the future does not stop the next ones."""
    async with working(valkey_url, record, health_check_interval=0.1) as worker:
        worker._last_health_check = time.time() + 3600  # noqa: SLF001 - as the clock's step leaves it
        await redis.delete(worker.health_check_key)

        async def is_renewed() -> bool:
            return bool(await redis.exists(worker.health_check_key))

        await eventually(is_renewed, "the health key is renewed", seconds=5)


@pytest.mark.parametrize("other", [ClaimingWorker, Worker])
async def test_workers_share_a_queue_and_never_a_job(
    redis: ArqRedis, valkey_url: str, record: Record, other: type[Worker]
) -> None:
    """Two at once, of which one may be arq's own: each job runs once, and nothing is left behind."""
    chats = [str(number) for number in range(60)]
    async with working(valkey_url, record), working(valkey_url, record, other):
        await enqueue(redis, *chats)
        await record.wait_for(60)
        await asyncio.sleep(0.1)
    assert sorted(record.runs) == sorted(chats)
    assert await redis.zcard(Queue.UPDATES) == 0


@pytest.mark.usefixtures("patient")
async def test_what_finds_no_place_goes_to_another_worker(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """A worker that is full passes the ring on, and takes more as soon as one of its jobs has ended."""
    record.free.clear()
    async with working(valkey_url, record, max_jobs=1), working(valkey_url, record, max_jobs=1):
        await asleep(redis, 2)
        await enqueue(redis, "1", "2", "3")
        await record.wait_for(2, seconds=1)
        await asyncio.sleep(0.05)
        assert sorted(record.runs) == ["1", "2"]
        record.free.set()
        await record.wait_for(3, seconds=1)


async def test_the_job_of_a_worker_that_died_is_found_when_its_lease_ends(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """The lease is arq's: the longest time-out and ten seconds; until then nobody else begins."""
    await enqueue(redis, "7")
    dead = ClaimingWorker([task(Task.DRAIN, record)], redis_pool=redis, handle_signals=False)
    claimed, *_ = await dead._claim(Queue.UPDATES, 300, 10)  # noqa: SLF001 - it dies just then
    assert len(claimed) == 2
    async with working(valkey_url, record):
        await asyncio.sleep(0.1)
        assert record.runs == []
        await record.wait_for(1, seconds=3)


async def test_a_restart_of_redis_is_survived(mortal_valkey: ValkeyServer, record: Record) -> None:
    """A worker that listens at a bell that is gone comes back to it."""
    redis = connect(mortal_valkey.url)
    async with working(mortal_valkey.url, record):
        await asleep(redis)
        mortal_valkey.kill()
        mortal_valkey.start()
        await enqueue(redis, "7")
        await record.wait_for(1)
    await redis.aclose(close_connection_pool=True)


@pytest.mark.parametrize(
    "code",
    [
        "OOM",
        *(
            pytest.param(code, marks=pytest.mark.slow)
            for code in ("READONLY", "MASTERDOWN", "BUSY", "MAXCLIENTS")
        ),
    ],
)
async def test_a_worker_outlives_a_redis_that_refuses(
    mortal_valkey: ValkeyServer, record: Record, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """What its tasks hold in memory is not lost: it waits in process, and goes on when commands are taken again."""
    redis = connect(mortal_valkey.url)
    monkeypatch.setattr("tests.worker.queues.test_arq_worker.connect", partial(connect, retries=1))
    async with working(mortal_valkey.url, record) as worker:
        await asleep(redis)
        with refusing(mortal_valkey, code):
            await asyncio.sleep(3)
        await enqueue(redis, "7")
        await record.wait_for(1, seconds=10)
        assert worker.main_task
        assert not worker.main_task.done()
    await redis.aclose(close_connection_pool=True)


async def test_a_worker_starts_while_redis_refuses(
    mortal_valkey: ValkeyServer, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins when there is something to read, and is not started again and again until then."""
    redis = connect(mortal_valkey.url)
    await enqueue(redis, "7")
    monkeypatch.setattr("tests.worker.queues.test_arq_worker.connect", partial(connect, retries=1))
    with contextlib.ExitStack() as meanwhile:
        meanwhile.enter_context(refusing(mortal_valkey, "MASTERDOWN"))
        async with working(mortal_valkey.url, record):
            await asyncio.sleep(1)
            meanwhile.close()
            await record.wait_for(1, seconds=10)
    await redis.aclose(close_connection_pool=True)


async def test_a_task_that_redis_took_no_record_of_is_run_again(
    mortal_valkey: ValkeyServer, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker goes on; the task's lease runs out, and whoever follows its work finds it unfinished."""
    redis = connect(mortal_valkey.url)
    monkeypatch.setattr("tests.worker.queues.test_arq_worker.connect", partial(connect, retries=1))
    record.free.clear()
    async with working(mortal_valkey.url, record) as worker:
        await enqueue(redis, "7")
        await record.wait_for(1)
        with refusing(mortal_valkey, "READONLY"):
            record.free.set()
            await asyncio.sleep(2)
        await enqueue(redis, "8")
        await record.wait_for(2, seconds=10)
        assert worker.main_task
        assert not worker.main_task.done()
    await redis.aclose(close_connection_pool=True)


async def test_a_worker_that_stops_takes_nothing_more(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """What runs may end; what comes is left to others."""
    async with working(valkey_url, record) as worker:
        await asleep(redis)
        worker.allow_pick_jobs = False
        await enqueue(redis, "7")
        await asyncio.sleep(0.7)
    assert record.runs == []
    assert await redis.zcard(Queue.UPDATES) == 1
