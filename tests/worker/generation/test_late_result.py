"""fal's word that comes after a job was given up."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.infra.fal.answers import detail
from tests.worker.generation.fal import COMPLETED, PICTURE, REQUESTED, RUNNING
from tests.worker.generation.image_worker import Worker
from worker.generation.progress import Progress
from worker.jobs.indexes import JobIndex, JobIndexes
from worker.model import Job, Status

OK = {"status": "OK", "error": None, "payload": {"images": [PICTURE], "seed": 7}}
IN_DOUBT = {"status": "OK", "payload": None, "payload_error": "not JSON serializable"}

type GiveUp = Callable[[Worker, Job], Awaitable[Job]]


async def take_too_long(worker: Worker, job: Job) -> Job:
    """fal was asked to stop when its time was over."""
    worker.fal.cancel_answer = REQUESTED
    await worker.look(await worker.submit(job))
    await worker.jobs.update_fields(job.id, deadline=1)
    return await worker.look(job)


async def stay_unconfirmed(worker: Worker, job: Job) -> Job:
    """Nobody knew whether fal had it, until the end."""
    worker.fal.submit_answers = [500]
    await worker.submit(job)
    await worker.jobs.update_fields(job.id, deadline=1)
    return await worker.look(job)


@pytest.fixture
async def expired(worker: Worker, job: Job) -> Job:
    return await take_too_long(worker, job)


@pytest.mark.parametrize("content", [OK, IN_DOUBT])
@pytest.mark.parametrize("give_up", [take_too_long, stay_unconfirmed])
async def test_a_result_that_comes_late_is_delivered_all_the_same(
    worker: Worker, job: Job, give_up: GiveUp, content: dict[str, Any]
) -> None:
    """It is paid for: the job goes on with the fetching, and is a failure no more."""
    job = await give_up(worker, job)
    assert job.ended_in_doubt
    worker.fal.status = COMPLETED
    reopened = await worker.hear(job, content)
    assert (reopened.status, reopened.failure) == (Status.COMPLETED, None)
    assert reopened.result_urls == (PICTURE["url"],)
    failed = await JobIndexes(worker.redis).page(job.request.user_id, JobIndex.FAILED)
    assert failed.ids == ()


async def test_it_is_delivered_once(worker: Worker, expired: Job) -> None:
    """fal repeats its webhooks; the second finds a job that is well again."""
    await worker.hear(expired, OK)
    done = await worker.read(expired)
    await worker.jobs.move(done, {Status.COMPLETED}, Status.DONE, due=None)
    assert not await worker.tell(expired, OK)
    assert (await worker.look(expired)).status is Status.DONE


async def test_bad_news_about_what_was_given_up_changes_nothing(
    worker: Worker, expired: Job
) -> None:
    """The person was told of an end already, and is not told of another."""
    error = {"status": "ERROR", "error": "Invalid status code: 422"}
    heard = await worker.hear(expired, error | {"payload": detail("content_policy_violation")})
    assert (heard.status, heard.failure) == (expired.status, expired.failure)
    assert await worker.webhooks.get_many([expired.id]) == {}


async def test_a_riddle_about_what_was_given_up_is_solved_by_asking(
    worker: Worker, expired: Job
) -> None:
    """Something was said: fal is asked what, and as long as it runs nothing changes."""
    worker.fal.status = RUNNING
    assert (await worker.hear(expired, IN_DOUBT)).status is Status.EXPIRED


async def test_what_is_reopened_while_its_end_is_shown_keeps_its_next_look(
    worker: Worker, running: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker has heard of the result meanwhile: should its fetching die, the due-set still has the job."""

    async def be_shown(*_: Any) -> None:
        monkeypatch.undo()
        assert (await worker.hear(running, OK)).status is Status.COMPLETED

    monkeypatch.setattr(Progress, "conclude", be_shown)
    worker.fal.cancel_answer = REQUESTED
    await worker.jobs.update_fields(running.id, deadline=1)
    assert (await worker.look(running)).status is Status.COMPLETED
    assert await worker.next_look(running) > 0


async def test_news_that_come_while_the_end_is_shown_are_heard(
    worker: Worker, running: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look that they asked for is not forgotten with the ended job's."""

    async def tell() -> None:
        await worker.tell(running, OK)

    async def be_shown(*_: Any) -> None:
        """Telegram takes it at once."""

    monkeypatch.setattr(Progress, "conclude", be_shown)
    worker.fal.cancel_answer, worker.fal.meanwhile = REQUESTED, tell
    await worker.jobs.update_fields(running.id, deadline=1)
    assert (await worker.look(running)).status is Status.EXPIRED
    assert await worker.next_look(running) <= 0
    assert (await worker.look(running)).status is Status.COMPLETED
