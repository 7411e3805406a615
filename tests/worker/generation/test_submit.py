"""Submits that fal does not accept: what the card says, how long they are retried, and which slots they hold."""

from typing import Any

import pytest

from infra.errors import FailureKind
from tests.worker.generation.fal import REQUEST_ID
from tests.worker.generation.image_worker import Worker, order
from tests.worker.generation.studio import Studio
from worker.jobs.cancellation import request_cancellation
from worker.limits.limits import Limit, Limits, LimitStore
from worker.limits.slots import Slots
from worker.model import Job, Problem, Status

RESULT = {"images": [{"url": "https://v3.fal.media/files/a.png"}]}


async def slots(worker: Worker | Studio) -> tuple[int, int]:
    """Return how many slots are held, and how many jobs wait for one."""
    return await Slots(worker.redis, Limits()).count()


@pytest.mark.slow
@pytest.mark.usefixtures("short_steps")
async def test_busy_fal_holds_no_slot(studio: Studio) -> None:
    """The card says at once for how long it is retried; the next try is soon."""
    job = await studio.submit(await studio.order("a cat #busy", language="ru"))
    assert job.status is Status.CREATED
    assert (
        "⏳ Сервис сейчас занят и новых заданий не берёт. Пробую ещё 5 мин." in await studio.card()
    )
    assert 0 < await studio.next_try(job) < 2
    assert await slots(studio) == (0, 0)


async def test_unconfirmed_submit_shows_its_waiting_time(studio: Studio) -> None:
    """A 503 leaves the outcome open: the request is not sent again, and the card shows the waiting time."""
    job = await studio.submit(await studio.order("a cat #down", language="ru"))
    assert (await studio.look(job)).status is Status.UNCONFIRMED
    assert "Жду подтверждения ещё 5 мин и не отправляю второй раз" in await studio.card()


async def test_fal_busy_until_the_deadline_fails_the_job(studio: Studio) -> None:
    """One last try at the deadline; nothing was accepted, nothing is charged."""
    job = await studio.order("a cat #busy")
    await studio.jobs.update_fields(job.id, deadline=1)
    ended = await studio.submit(job)
    assert (ended.status, ended.failure, ended.cost) == (Status.FAILED, "busy", 0)


async def test_card_edit_that_has_to_wait_comes_soon(studio: Studio) -> None:
    """The chat was edited a moment ago, or another edit is running; the next try may be a minute away."""
    await studio.disturb("submit", status=429, retry_after="60")
    job = await studio.order()
    await studio.jobs.update_fields(job.id, progress_message_id=None)
    job = await studio.submit(job)
    assert await studio.next_look(job) < 2
    await studio.jobs.update_fields(
        job.id, progress_message_id=(await studio.last_card())["message_id"]
    )
    job = await studio.look(job)
    assert job.status is Status.CREATED
    assert "The service is busy" in await studio.card()
    assert 10 < await studio.next_look(job) < 20
    assert 50 < await studio.next_try(job) < 60


@pytest.mark.slow
@pytest.mark.parametrize("asked", ["86400", "9" * 4000, "Fri, 31 Dec 9999 23:59:59 GMT"])
async def test_retry_after_of_fal_is_bounded(studio: Studio, asked: str) -> None:
    """By a minute and by the job's deadline, so that the last try is still made."""
    await studio.disturb("submit", status=429, retry_after=asked, times=2)
    job = await studio.submit(await studio.order())
    assert 55 < await studio.next_try(job) <= 60
    assert job.deadline
    await studio.jobs.update_fields(job.id, deadline=job.deadline - 290)
    job = await studio.submit(job)
    assert await studio.next_try(job) <= 10


async def test_waiting_before_the_submit_does_not_shorten_fals_time(studio: Studio) -> None:
    """A submit that succeeds just before its deadline is not cancelled just after it."""
    job = await studio.order()
    now = studio.jobs.clock()
    await studio.jobs.update_fields(
        job.id, deadline=now + 1, problem=Problem(kind="busy", since=now)
    )
    submitted = await studio.submit(job)
    assert (submitted.status, submitted.problem) == (Status.QUEUED, None)
    assert submitted.deadline
    assert submitted.deadline > now + 200


async def test_cancelled_unconfirmed_jobs_hold_no_slots(worker: Worker) -> None:
    """Other jobs are submitted; if fal has the cancelled ones after all, they are cancelled there."""
    await LimitStore(worker.redis, Limits()).set(Limit.FAL_SLOTS, 3)
    lost = [await order(worker, f"lost {number}") for number in range(3)]
    waiting = await order(worker, "waiting")
    worker.fal.submit_answers = [500, 500, 500]
    for job in lost:
        await worker.submit(job)
    assert (await worker.submit(waiting)).status is Status.CREATED
    assert await slots(worker) == (3, 1)
    for job in lost[:2]:
        await request_cancellation(worker.jobs, job)
        assert (await worker.look(job)).status is Status.UNCONFIRMED
    assert await slots(worker) == (2, 0)
    assert (await worker.submit(waiting)).status is Status.QUEUED
    adopted = await worker.receive_webhook(
        lost[0], {"status": "OK", "payload": None, "payload_error": "?"}
    )
    assert adopted.task
    assert REQUEST_ID in adopted.task


class TestFalsAnswersAboutAJob:
    """A gateway's answer in place of fal's decides nothing about a paid result."""

    async def test_foreign_page_instead_of_the_result_is_retried(
        self, worker: Worker, running: Job
    ) -> None:
        """The result exists; it is fetched again."""
        worker.fal.status = {"status": "COMPLETED", "request_id": REQUEST_ID}
        for status in (404, 410, 302, 200):
            worker.fal.result, worker.fal.result_status = [], status
            assert (await worker.look(running)).status is Status.RUNNING
        worker.fal.result, worker.fal.result_status = RESULT, 200
        assert (await worker.look(running)).status is Status.COMPLETED

    async def test_request_unknown_for_a_moment_is_polled_again(
        self, worker: Worker, running: Job
    ) -> None:
        """Only a request that stays unknown fails."""
        known, worker.fal.status = worker.fal.status, {"status": "NOT_FOUND"}
        worker.fal.status_code = 404
        await worker.jobs.update_fields(running.id, updated_at=1)
        doubted = await worker.look(running)
        assert doubted.problem
        assert (doubted.status, doubted.problem.kind) == (Status.RUNNING, FailureKind.UNKNOWN)
        worker.fal.status, worker.fal.status_code = known, 200
        assert (await worker.look(running)).problem is None
        worker.fal.status, worker.fal.status_code = {"status": "NOT_FOUND"}, 404
        await worker.look(running)
        await worker.jobs.update_fields(
            running.id, problem=Problem(kind=FailureKind.UNKNOWN, since=1)
        )
        assert (await worker.look(running)).status is Status.FAILED

    async def test_unavailable_result_is_retried_for_half_an_hour(
        self, worker: Worker, running: Job
    ) -> None:
        """After the deadline fal says that it is done: its result is retried for half an hour, then the job ends."""
        worker.fal.cancel_answer = (400, {"status": "ALREADY_COMPLETED"})
        await worker.jobs.update_fields(running.id, deadline=1)
        waiting = await worker.look(running)
        assert waiting.status is Status.RUNNING
        assert waiting.deadline
        assert waiting.deadline > worker.jobs.clock() + 1700
        await worker.jobs.update_fields(running.id, deadline=1)
        ended = await worker.look(running)
        assert (ended.status, ended.failure) == (Status.FAILED, "result_unreachable")

    @pytest.mark.parametrize(("ordered", "fetched"), [(None, 1), (1, 1), (4, 4)])
    async def test_no_more_results_are_downloaded_than_ordered(
        self, worker: Worker, ordered: int | None, fetched: int
    ) -> None:
        """A model that answers with sixty does not fill the disk; a repeated URL counts once."""
        options: dict[str, Any] = {} if ordered is None else {"count": ordered}
        job = await order(worker, options=options)
        urls = [f"https://v3.fal.media/files/{number}.png" for number in (0, *range(60))]
        worker.fal.status = {"status": "COMPLETED", "request_id": REQUEST_ID}
        worker.fal.result = {"images": [{"url": url} for url in urls]}
        done = await worker.look(await worker.submit(job))
        assert done.result_urls == tuple(urls[1 : 1 + fetched])
