"""Webhooks that come after their job has ended."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.infra.fal.answers import detail
from tests.worker.generation.fal import COMPLETED, PICTURE, REQUESTED, RUNNING
from tests.worker.generation.image_worker import Worker
from worker.generation.poll import Poller
from worker.generation.progress import Progress
from worker.jobs.indexes import JobIndex, JobIndexes
from worker.model import Job, Status

OK = {"status": "OK", "error": None, "payload": {"images": [PICTURE], "seed": 7}}
IN_DOUBT = {"status": "OK", "payload": None, "payload_error": "not JSON serializable"}

type GiveUp = Callable[[Worker, Job], Awaitable[Job]]


async def take_too_long(worker: Worker, job: Job) -> Job:
    """Expire the job after fal was asked to cancel it."""
    worker.fal.cancel_answer = REQUESTED
    await worker.look(await worker.submit(job))
    await worker.jobs.update_fields(job.id, deadline=1)
    return await worker.look(job)


async def stay_unconfirmed(worker: Worker, job: Job) -> Job:
    """Expire an unconfirmed job."""
    worker.fal.submit_answers = [500]
    await worker.submit(job)
    await worker.jobs.update_fields(job.id, deadline=1)
    return await worker.look(job)


@pytest.fixture
async def expired(worker: Worker, job: Job) -> Job:
    return await take_too_long(worker, job)


@pytest.mark.parametrize("content", [OK, IN_DOUBT])
@pytest.mark.parametrize("give_up", [take_too_long, stay_unconfirmed])
async def test_late_result_is_delivered(
    worker: Worker, job: Job, give_up: GiveUp, content: dict[str, Any]
) -> None:
    """It is paid for: the job continues with the download and is no longer failed."""
    job = await give_up(worker, job)
    assert job.ended_in_doubt
    worker.fal.status = COMPLETED
    reopened = await worker.receive_webhook(job, content)
    assert (reopened.status, reopened.failure) == (Status.COMPLETED, None)
    assert reopened.result_urls == (PICTURE["url"],)
    failed = await JobIndexes(worker.redis).page(job.request.user_id, JobIndex.FAILED)
    assert failed.ids == ()


async def test_late_result_is_delivered_once(worker: Worker, expired: Job) -> None:
    """fal repeats its webhooks; the second one finds an active job."""
    await worker.receive_webhook(expired, OK)
    done = await worker.read(expired)
    await worker.jobs.move(done, {Status.COMPLETED}, Status.DONE, due=None)
    assert not await worker.tell(expired, OK)
    assert (await worker.look(expired)).status is Status.DONE


async def test_late_result_survives_an_outage_of_redis(
    worker: Worker, expired: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The webhook is kept until the step is taken: the next poll takes it."""

    async def fail(*_: Any, **__: Any) -> bool:
        raise RedisConnectionError

    monkeypatch.setattr(Poller, "complete", fail)
    assert (await worker.receive_webhook(expired, OK)).status is Status.EXPIRED
    monkeypatch.undo()
    assert (await worker.look(expired)).status is Status.COMPLETED


async def test_late_failure_changes_nothing(worker: Worker, expired: Job) -> None:
    """The user has got an end already, and gets no other."""
    error = {"status": "ERROR", "error": "Invalid status code: 422"}
    heard = await worker.receive_webhook(
        expired, error | {"payload": detail("content_policy_violation")}
    )
    assert (heard.status, heard.failure) == (expired.status, expired.failure)
    assert await worker.webhooks.get_many([expired.id]) == {}


async def test_late_webhook_without_a_result_polls_fal(worker: Worker, expired: Job) -> None:
    """fal is polled; while it runs, the job stays as it ended."""
    worker.fal.status = RUNNING
    assert (await worker.receive_webhook(expired, IN_DOUBT)).status is Status.EXPIRED


async def test_late_result_during_the_final_edit_keeps_its_poll(
    worker: Worker, running: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker has accepted the result meanwhile: if its download dies, the schedule still has the job."""

    async def be_shown(*_: Any) -> None:
        monkeypatch.undo()
        assert (await worker.receive_webhook(running, OK)).status is Status.COMPLETED

    monkeypatch.setattr(Progress, "conclude", be_shown)
    worker.fal.cancel_answer = REQUESTED
    await worker.jobs.update_fields(running.id, deadline=1)
    assert (await worker.look(running)).status is Status.COMPLETED
    assert await worker.next_look(running) > 0


async def test_webhook_during_the_final_edit_is_handled(
    worker: Worker, running: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its poll is not removed with that of the ended job."""

    async def tell() -> None:
        await worker.tell(running, OK)

    async def be_shown(*_: Any) -> None:
        """Edit the message; Telegram accepts at once."""

    monkeypatch.setattr(Progress, "conclude", be_shown)
    worker.fal.cancel_answer, worker.fal.meanwhile = REQUESTED, tell
    await worker.jobs.update_fields(running.id, deadline=1)
    assert (await worker.look(running)).status is Status.EXPIRED
    assert await worker.next_look(running) <= 0
    assert (await worker.look(running)).status is Status.COMPLETED
