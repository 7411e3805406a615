import time
from pathlib import Path

import pytest
from arq.connections import ArqRedis

from tests.processes import Process
from tests.worker.jobs.test_store import request
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.limits import Limits
from worker.model import Status
from worker.operations.dead_letters import DeadLetterStore
from worker.queues.inbox import Inbox


@pytest.fixture
def dead_letters(redis: ArqRedis) -> DeadLetterStore:
    return DeadLetterStore(redis, JobStore(redis, Limits(), time.time))


@pytest.mark.slow
async def test_command_lists_and_retries(
    redis: ArqRedis, valkey_url: str, dead_letters: DeadLetterStore, tmp_path: Path
) -> None:
    """It prints the reason and no text of the user, and returns the update to its chat."""
    inbox = Inbox(redis)
    await inbox.enqueue(1, "7", b'{"text": "secret words"}')
    update = await inbox.take("7", "a drain")
    assert update
    await inbox.begin("7", "a drain", "a try", update)
    await inbox.finish("7", "a drain", "a try", "ValueError")
    said = command(valkey_url, tmp_path, "list")
    assert "update of chat 7: ValueError" in said
    assert "dead letters: 1" in said
    assert "secret" not in said
    [dead_letter] = await dead_letters.get_all()
    assert f"{dead_letter.id}: retried" in command(valkey_url, tmp_path, "retry", dead_letter.id)
    assert await inbox.take("7", "a drain") == update
    head = await inbox.begin("7", "a drain", "another try", update)
    assert head
    assert head.tries == 1


def command(redis_url: str, folder: Path, *arguments: str) -> str:
    """What `python -m worker.poisoned …` prints."""
    name = f"poisoned-{arguments[0]}"
    process = Process(name, ("-m", "worker.poisoned", *arguments), {"redis_url": redis_url}, folder)
    assert process.start().wait() == 0, process.log.read_text()
    return process.log.read_text()


async def test_retried_job_is_booked_again(redis: ArqRedis, dead_letters: DeadLetterStore) -> None:
    """A failed job costs nothing; a retry books it as it was ordered."""
    jobs, ledger = JobStore(redis, Limits(), time.time), Ledger(redis)
    job = await jobs.create(request(), "an-update", cost=0.04)
    await dead_letters.add_dead_letter(job, "KeyError")
    await jobs.move(job, {Status.CREATED}, Status.FAILED, due=None, failure="unknown")
    assert (await ledger.read()).total.dollars == 0
    [dead_letter] = await dead_letters.get_all()
    assert await dead_letters.retry(dead_letter)
    assert (await ledger.read()).total.dollars == 0.04


async def test_retried_job_keeps_its_bill(redis: ArqRedis, dead_letters: DeadLetterStore) -> None:
    """fal's bill came after the job had become a dead letter: a retry does not count the estimate again."""
    jobs, ledger = JobStore(redis, Limits(), time.time), Ledger(redis)
    job = await jobs.create(request(), "an-update", cost=0.04)
    await jobs.move(job, {Status.CREATED}, Status.COLLECTING, due=None)
    collecting = await jobs.get(job.id)
    assert collecting
    await dead_letters.add_dead_letter(collecting, "KeyError")
    await jobs.move(job, {Status.COLLECTING}, Status.FAILED, due=None, failure="unknown")
    await jobs.move(job, {Status.FAILED}, due=None, cost=0.006, units=2)
    [dead_letter] = await dead_letters.get_all()
    assert await dead_letters.retry(dead_letter)
    retried = await jobs.get(job.id)
    assert retried
    assert (retried.status, retried.cost, retried.units) == (Status.COMPLETED, 0.006, 2)
    assert (await ledger.read()).total.dollars == 0.006
