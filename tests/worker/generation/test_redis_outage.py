"""Redis refuses commands just after Telegram has accepted a message."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infra.redis.client import connect
from infra.settings import Settings
from infra.telegram.delivery import Delivery
from tests.processes import eventually
from tests.refusals import refusing
from tests.user import User
from tests.valkey import ValkeyServer
from tests.worker.generation import lives
from tests.worker.generation.lives import begin
from tests.worker.generation.stored import Stored, received
from tests.worker.generation.world import World
from worker.generation.send_attempts import SECOND_AFTER
from worker.model import Job, Status


@pytest.fixture
async def stored_apart(
    world: World,
    settings: Settings,
    mortal_valkey: ValkeyServer,
    user: User,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Stored]:
    """Results in a Redis that may refuse; its clients do not retry for half a minute."""
    monkeypatch.setattr(lives, "connect", partial(connect, retries=0))
    redis = connect(mortal_valkey.url)
    here = settings.model_copy(update={"redis_url": mortal_valkey.url})
    await user.say("/start")
    yield Stored(world, here, redis, user, tmp_path)
    await redis.aclose(close_connection_pool=True)


async def is_noted(stored: Stored, job: Job) -> bool:
    read = await stored.read(job)
    return bool(read.sent_message_ids) and not read.send_attempts


@pytest.mark.slow
@pytest.mark.parametrize("method", ["send_results", "send_card"])
@pytest.mark.parametrize("is_cut_off", [False, True], ids=["it goes on", "its time is over"])
async def test_accepted_message_is_recorded_after_the_outage(
    *,
    stored_apart: Stored,
    mortal_valkey: ValkeyServer,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    is_cut_off: bool,
) -> None:
    """Redis refuses the record of the send, perhaps for longer than the step may take: it is recorded in the end."""
    stored, sent = stored_apart, asyncio.Event()
    job = await stored.make(2)
    send = getattr(Delivery, method)
    with ExitStack() as refusal:

        async def send_and_refuse(*arguments: Any) -> Any:
            answer = await send(*arguments)
            if not sent.is_set():
                refusal.enter_context(refusing(mortal_valkey, "OOM"))
                sent.set()
            return answer

        monkeypatch.setattr(Delivery, method, send_and_refuse)
        async with begin(stored.settings) as life:
            step = asyncio.ensure_future(life.work["deliver"](job.id))
            await sent.wait()
            await asyncio.sleep(1)
            if is_cut_off:
                step.cancel()
            refusal.close()
            await asyncio.gather(step, return_exceptions=is_cut_off)
            await eventually(partial(is_noted, stored, job), "it is noted", seconds=10)
            await life.live()
    done = await stored.read(job)
    assert (done.status, done.undelivered, len(done.sent_message_ids)) == (Status.DONE, None, 3)
    assert await received(stored.user) == {"photo": 2, "buttons": 1}


@pytest.mark.slow
async def test_unrecorded_send_is_repeated_after_a_delay(stored: Stored) -> None:
    """Its worker may be alive and about to record the response once Redis is back."""
    job = await stored.make()
    assert await stored.jobs.begin(
        job, {Status.COLLECTED}, Status.DELIVERING, lease_seconds=0, send_attempts=(1.0,)
    )
    async with begin(stored.settings) as life:
        await life.work["track"](job.queue)
    due = await stored.redis.zscore(f"darkroom:due:{job.queue}", job.id) or 0
    left = due / 1000 - time.time()
    assert (await stored.read(job)).status is Status.COLLECTED
    assert SECOND_AFTER - 1 < left <= SECOND_AFTER
