"""fal's answer to the one POST that costs money, and a Redis that does not take it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest

from tests.processes import eventually
from tests.refusals import refusing
from tests.valkey import ValkeyServer
from tests.worker.generation.fal import REQUEST_ID, Fal
from tests.worker.generation.image_worker import PUBLIC_URL, Worker, open_worker, order
from worker.jobs import Job, Status
from worker.queue import Task


@pytest.fixture
async def mortal_worker(mortal_valkey: ValkeyServer) -> AsyncIterator[Worker]:
    async with open_worker(mortal_valkey.url, Fal(), PUBLIC_URL) as worker:
        yield worker


@pytest.mark.parametrize("code", ["OOM", "READONLY", "NOREPLICAS", "MISCONF", "MAXCLIENTS"])
async def test_a_paid_answer_outlives_a_redis_that_refuses(
    mortal_worker: Worker, mortal_valkey: ValkeyServer, code: str
) -> None:
    """It stays in memory, past the time limit of its task, until Redis takes it; nothing is posted again."""
    job = await order(mortal_worker)
    with ExitStack() as trouble:

        async def refuse() -> None:
            trouble.enter_context(refusing(mortal_valkey, code))
            # A limit of clients lets those in who are there.
            await mortal_worker.redis.connection_pool.disconnect(inuse_connections=False)

        mortal_worker.fal.meanwhile = refuse
        submit = asyncio.ensure_future(mortal_worker.work[Task.SUBMIT](job.id))
        await asyncio.sleep(1)
        submit.cancel()
        await asyncio.gather(submit, return_exceptions=True)
    await eventually(lambda: _is_queued(mortal_worker, job), "the answer is stored", seconds=20)
    assert REQUEST_ID in ((await mortal_worker.read(job)).task or "")
    assert len(mortal_worker.fal.webhook_urls) == 1


async def _is_queued(worker: Worker, job: Job) -> bool:
    return (await worker.read(job)).status is Status.QUEUED


async def test_a_paid_answer_that_comes_after_its_job_was_given_up_is_followed(
    worker: Worker, job: Job
) -> None:
    """Redis was away until the deadline had passed, and another worker was quicker."""

    usual = worker.fal.meanwhile

    async def give_up() -> None:
        worker.fal.meanwhile = usual
        await worker.jobs.note(job.id, deadline=1)
        for _ in range(2):
            await worker.look(job)
        assert (await worker.read(job)).ended_in_doubt

    worker.fal.meanwhile = give_up
    submitted = await worker.submit(job)
    assert (submitted.status, submitted.failure) == (Status.QUEUED, None)
    assert (await worker.look(submitted)).status is Status.RUNNING
