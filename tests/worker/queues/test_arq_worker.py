"""Our arq worker over a real Valkey, beside arq's own where that matters."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from arq import cron, func
from arq.connections import ArqRedis
from arq.worker import Function, Worker

from infra.redis.client import connect, dumps, loads
from tests.processes import eventually
from tests.refusals import refusing
from tests.valkey import ValkeyServer
from worker.jobs.schedule import JobSchedule
from worker.queues import arq_worker
from worker.queues.arq_worker import ClaimingWorker, claim_tasks
from worker.queues.inbox import Inbox
from worker.queues.names import Queue, Task
from worker.queues.scripts import wake_list_key

# arq's own way of closing.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated close")


class Record:
    """Record what ran, and when; jobs may be blocked until the test releases them."""

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
    """A worker that polls so rarely that only a wake or a due time explains a start."""
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
    """Enqueue one update for each chat, each of which wakes a drain."""
    for chat in chats:
        await Inbox(redis).enqueue(f"{chat}:{time.time()}", chat, b"{}")


async def asleep(redis: ArqRedis, count: int = 1) -> None:
    """Wait until this many workers block on the wake-up list."""

    async def listen() -> bool:
        blocked: int = (await redis.info("clients"))["blocked_clients"]
        return blocked >= count

    await eventually(listen, f"{count} workers listen", seconds=5)


@pytest.mark.usefixtures("patient")
async def test_wake_starts_a_job_at_once(redis: ArqRedis, valkey_url: str, record: Record) -> None:
    """The enqueued update wakes the worker; it does not poll."""
    async with working(valkey_url, record):
        await asleep(redis)
        await enqueue(redis, "7")
        await record.wait_for(1, seconds=1)
    assert record.runs == ["7"]


@pytest.mark.usefixtures("patient")
async def test_deferred_job_starts_at_its_time(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """The worker sleeps until the next due time of its queue, neither shorter nor longer."""
    due = time.time() + 0.3
    async with working(valkey_url, record, queue_name=Queue.IMAGES.value):
        await asleep(redis)
        await JobSchedule(redis, Queue.IMAGES).schedule("a", 0.3)
        await record.wait_for(1, seconds=2)
    assert 0 <= record.times[0] - due + 0.001 < 0.2


async def test_job_deferred_for_long_starts_at_its_time(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """It needs no wake-up: the worker looks at its queue before it is due."""
    async with working(valkey_url, record, queue_name=Queue.IMAGES.value):
        await asleep(redis)
        due = time.time() + 0.9
        await JobSchedule(redis, Queue.IMAGES).schedule("a", 0.9)
        assert not await redis.exists(wake_list_key(Queue.IMAGES))
        await record.wait_for(1, seconds=3)
    assert 0 <= record.times[0] - due + 0.001 < 0.2


async def test_job_without_a_wake_is_found(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """arq's own enqueue does not wake, and a wake can get lost: the worker polls now and then."""
    async with working(valkey_url, record):
        await asleep(redis)
        await redis.enqueue_job(Task.DRAIN, "7", _queue_name=Queue.UPDATES)
        await record.wait_for(1, seconds=2)


async def test_health_key_is_renewed_after_the_clock_was_set_back(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """A health check with a time in the future does not stop the next ones."""
    async with working(valkey_url, record, health_check_interval=0.1) as worker:
        worker._last_health_check = time.time() + 3600  # noqa: SLF001 - the state after the clock's step
        await redis.delete(worker.health_check_key)

        async def is_renewed() -> bool:
            return bool(await redis.exists(worker.health_check_key))

        await eventually(is_renewed, "the health key is renewed", seconds=5)


@pytest.mark.parametrize("other", [ClaimingWorker, Worker])
async def test_workers_share_a_queue_and_no_job(
    redis: ArqRedis, valkey_url: str, record: Record, other: type[Worker]
) -> None:
    """Two at once, one of which may be arq's own: each job runs once, and nothing stays in the queue."""
    chats = [str(number) for number in range(60)]
    async with working(valkey_url, record), working(valkey_url, record, other):
        await enqueue(redis, *chats)
        await record.wait_for(60)
        await asyncio.sleep(0.1)
    assert sorted(record.runs) == sorted(chats)
    assert await redis.zcard(Queue.UPDATES) == 0


@pytest.mark.usefixtures("patient")
async def test_full_worker_passes_the_wake_on(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """Another worker takes the job; the full one takes more as soon as one of its jobs has ended."""
    record.free.clear()
    async with working(valkey_url, record, max_jobs=1), working(valkey_url, record, max_jobs=1):
        await asleep(redis, 2)
        await enqueue(redis, "1", "2", "3")
        await record.wait_for(2, seconds=1)
        await asyncio.sleep(0.05)
        assert sorted(record.runs) == ["1", "2"]
        record.free.set()
        await record.wait_for(3, seconds=1)


async def test_job_of_a_dead_worker_starts_after_its_lease(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """The lease is arq's: the longest timeout and ten seconds; until then no other worker starts it."""
    await enqueue(redis, "7")
    # By a worker that dies just then.
    claimed, *_ = await claim_tasks(redis, queue=Queue.UPDATES, lease_ms=300, room=10, ended=[])
    assert len(claimed) == 2
    async with working(valkey_url, record):
        await asyncio.sleep(0.1)
        assert record.runs == []
        await record.wait_for(1, seconds=3)


async def test_worker_survives_a_restart_of_redis(
    mortal_valkey: ValkeyServer, record: Record
) -> None:
    """A worker that blocks on a lost list returns to it."""
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
async def test_worker_survives_refused_commands(
    mortal_valkey: ValkeyServer, record: Record, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """It keeps its tasks' state in memory, and continues when commands are accepted again."""
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


async def test_worker_starts_while_redis_refuses(
    mortal_valkey: ValkeyServer, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts once Redis answers, without restarts until then."""
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


@pytest.mark.slow
async def test_end_of_a_task_is_recorded_after_an_outage(
    mortal_valkey: ValkeyServer, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker remembers which tasks have ended until Redis accepts it, so none runs again."""
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
    assert await redis.keys("arq:*") == []
    assert record.runs == ["7", "8"]
    await redis.aclose(close_connection_pool=True)


async def test_failed_task_ends(redis: ArqRedis, valkey_url: str, record: Record) -> None:
    """A task that raises, takes too long, or has no function or definition is removed; the worker continues."""
    record.free.clear()
    async with working(valkey_url, record) as worker:
        await redis.enqueue_job("unknown", _queue_name=Queue.UPDATES)
        await redis.enqueue_job(Task.DRAIN, _queue_name=Queue.UPDATES)
        await redis.enqueue_job(Task.DRAIN, "too long", _queue_name=Queue.UPDATES)
        await redis.zadd(Queue.UPDATES, {"without a definition": 1})

        async def have_failed() -> bool:
            return worker.jobs_failed == 4

        await eventually(have_failed, "all have failed", seconds=5)
    assert record.runs == ["too long"]
    assert await redis.zcard(Queue.UPDATES) == 0
    assert await redis.keys("arq:*") == []


async def test_claim_of_a_cron_stays(redis: ArqRedis, valkey_url: str, record: Record) -> None:
    """A worker whose clock is behind does not enqueue a run that has ended."""

    async def run(_: dict[Any, Any]) -> None:
        await record.add("cron")

    run_once: Any = run
    cron_jobs = [cron(run_once, name="often", run_at_startup=True, minute=0)]
    async with working(valkey_url, record, cron_jobs=cron_jobs):
        await record.wait_for(1)
    (claim,) = await redis.keys("arq:*")
    assert 50_000 < await redis.pttl(claim) <= 60_000
    assert await redis.zcard(Queue.UPDATES) == 0


async def test_stopping_worker_takes_no_job(
    redis: ArqRedis, valkey_url: str, record: Record
) -> None:
    """Running jobs may end; new ones are left to other workers."""
    async with working(valkey_url, record) as worker:
        await asleep(redis)
        worker.allow_pick_jobs = False
        await enqueue(redis, "7")
        await asyncio.sleep(0.7)
    assert record.runs == []
    assert await redis.zcard(Queue.UPDATES) == 1
