"""Workers whose clocks differ: only Redis' clock counts."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
from redis import Redis

from tests.journeys.test_worker_restart import all_done, has_results, paid, results
from tests.message import job_id
from tests.processes import Installation, eventually, said_on_failure, skewed
from tests.user import create_user
from tests.valkey import ValkeyServer
from worker.queues.names import Queue

PICTURES = 24

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@contextmanager
def installed(*offsets: str) -> Iterator[Installation]:
    """An installation whose workers' clocks have these offsets, in faketime's notation."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        valkey = stack.enter_context(ValkeyServer(folder))
        running = Installation(folder, valkey.url, pace=0.4, chat_burst=60, warm=False)
        running.worker.prefix = skewed(offsets[0])
        for number, offset in enumerate(offsets[1:], start=2):
            further = running.process(f"worker-{number}", "-m", "worker")
            further.prefix = skewed(offset)
            stack.callback(further.stop)
            further.start()
        yield stack.enter_context(running)


@pytest.mark.parametrize(
    "offsets",
    [("+0", "+20s"), ("+0", "-60s"), ("-2h",), ("+1d",), ("+0", "+1d")],
    ids=["20 s ahead", "60 s behind", "one, two hours behind", "one, a day ahead", "a day ahead"],
)
async def test_skewed_workers_deliver_each_image_once(
    offsets: tuple[str, ...],
) -> None:
    """No worker takes over a live step, none is idle, and no job is scheduled for a worker's own tomorrow."""
    with installed(*offsets) as running, said_on_failure(running):
        user = await create_user(running.telegram_url, "Аня")
        async with user:
            for number in range(PICTURES):
                await user.say(f"/image дом {number}")
            await eventually(partial(has_results, user, PICTURES), "all results", 120)
            await eventually(partial(all_done, running), "all jobs are done")
            delivered = Counter(job_id(message) for message in await results(user))
            assert set(delivered.values()) == {1}
            assert len(delivered) == PICTURES
            assert await paid(running) == PICTURES
        assert due_too_late(running.redis_url) == []
        await assert_offset_is_logged(running, is_off=offsets != ("+0",))


def due_too_late(redis_url: str) -> list[str]:
    """Return the jobs that are due later than the lease of a worker that has just died allows."""
    with Redis.from_url(redis_url) as redis:
        seconds, _ = redis.time()
        late = (seconds + 600) * 1000
        keys = [key for queue in Queue for key in (queue.value, f"darkroom:due:{queue}")]
        return [name.decode() for key in keys for name in redis.zrangebyscore(key, late, "+inf")]


async def assert_offset_is_logged(running: Installation, *, is_off: bool) -> None:
    log = "".join(path.read_text() for path in running.folder.glob("worker*.log"))
    assert ("clock offset: this machine is" in log) == is_off
    async with httpx.AsyncClient(base_url=running.api_url, trust_env=False) as http:
        figures = (await http.get("/metrics")).raise_for_status().text
    (told,) = [line for line in figures.splitlines() if line.startswith("darkroom_clock_offset")]
    assert (abs(float(told.split()[-1])) > 2) == is_off
