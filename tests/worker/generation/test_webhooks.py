"""What becomes of a job when fal's word about it comes early, late, twice, in riddles or never."""

import time
from typing import Any

import pytest

from tests.infra.fal.answers import detail
from tests.worker.generation.fal import ADDRESS, COMPLETED, PICTURE
from tests.worker.generation.image_worker import PUBLIC_URL, Worker, order
from worker.jobs.fal_webhooks import webhook_url
from worker.model import ADOPTABLE, AT_FAL, Job, Status
from worker.queues.names import Queue

OK = {"status": "OK", "error": None, "payload": {"images": [PICTURE], "seed": 2**70}}
IN_DOUBT = {"status": "OK", "payload": None, "payload_error": "not JSON serializable"}


async def test_the_token_is_stored_before_the_post(worker: Worker, job: Job) -> None:
    """A worker that dies in the POST leaves a job that fal's word can find."""
    seen: list[Job] = []

    async def read() -> None:
        seen.append(await worker.read(job))

    worker.fal.meanwhile = read
    await worker.submit(job)
    token = seen[0].webhook_token
    assert token
    assert seen[0].status is Status.SUBMITTING
    assert worker.fal.webhook_urls == [webhook_url(PUBLIC_URL, job.id, token)]


async def test_a_submit_that_is_tried_again_keeps_its_token(worker: Worker, job: Job) -> None:
    """A webhook of any try finds its job."""
    worker.fal.submit_answers = [429, 200]
    first = await worker.submit(job)
    second = await worker.submit(job)
    assert (first.status, second.status) == (Status.CREATED, Status.QUEUED)
    assert first.webhook_token == second.webhook_token
    assert len(set(worker.fal.webhook_urls)) == 1


async def test_without_a_public_url_fal_is_not_told_to_come(unreachable_worker: Worker) -> None:
    """Nobody could reach us: polling does it all, as often as was set, whatever other jobs were told."""
    worker = unreachable_worker
    submitted = await worker.submit(await order(worker))
    assert (submitted.status, submitted.webhook_token) == (Status.QUEUED, None)
    assert worker.fal.webhook_urls == [None]
    running = await worker.look(submitted)
    await worker.tell(running, OK)
    assert await worker.webhooks.are_working()
    assert not await looks_are_rare(worker, running)


async def test_a_webhook_spares_the_calls(worker: Worker, running: Job) -> None:
    """What it says is enough: the result's addresses, and a seed of any size."""
    asked = list(worker.fal.asked)
    heard = await worker.hear(running, OK)
    assert (heard.status, heard.result_urls) == (Status.COMPLETED, (PICTURE["url"],))
    assert heard.seed == str(2**70)
    assert worker.fal.asked == asked


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/a.png", "data:,x"])
async def test_a_result_at_another_scheme_does_not_leave_the_job_running(
    worker: Worker, running: Job, url: str
) -> None:
    """The job goes on to the download, which refuses every address that is not fal's."""
    foreign = {"status": "OK", "error": None, "payload": {"images": [{"url": url}]}}
    heard = await worker.hear(running, foreign)
    assert (heard.status, heard.result_urls) == (Status.COMPLETED, (url,))


async def test_a_refusal_comes_by_webhook_as_by_look(worker: Worker, running: Job) -> None:
    """The person is told the same, whichever road it came by."""
    error = "Invalid status code: 422"
    payload = detail("content_policy_violation")
    heard = await worker.hear(running, {"status": "ERROR", "error": error, "payload": payload})
    assert (heard.status, heard.failure) == (Status.FAILED, "moderation")
    assert "secret cat" not in (heard.detail or "")


@pytest.mark.parametrize(
    "content", [IN_DOUBT, {"status": "ERROR", "error": "Request timed out", "payload": None}, {}]
)
async def test_in_doubt_the_result_is_fetched(
    worker: Worker, running: Job, content: dict[str, Any]
) -> None:
    """A webhook that says too little is a reason to ask."""
    worker.fal.status = COMPLETED
    heard = await worker.hear(running, content)
    assert (heard.status, heard.seed) == (Status.COMPLETED, "7")
    assert worker.fal.asked[-2:] == [f"{ADDRESS}/status", ADDRESS]


@pytest.mark.parametrize("content", [OK, IN_DOUBT])
@pytest.mark.parametrize("status", sorted(ADOPTABLE))
async def test_a_webhook_adopts_a_job_whose_submit_was_lost(
    worker: Worker, job: Job, status: Status, content: dict[str, Any]
) -> None:
    """fal has it after all: it goes on from there, and is not posted again."""
    worker.fal.status = COMPLETED
    await worker.jobs.move(job, {Status.CREATED}, status, due=0, webhook_token="t")
    heard = await worker.hear(await worker.read(job), content)
    assert heard.status is Status.COMPLETED
    assert heard.task
    assert f"{ADDRESS}/cancel" in heard.task
    await worker.submit(job)
    assert worker.fal.webhook_urls == []


async def test_a_webhook_may_come_before_the_submits_answer(worker: Worker, job: Job) -> None:
    """The answer, when it comes, finds the job adopted and changes nothing."""

    async def finish() -> None:
        heard = await worker.hear(await worker.read(job), OK)
        assert heard.status is Status.COMPLETED

    worker.fal.meanwhile = finish
    submitted = await worker.submit(job)
    assert submitted.status is Status.COMPLETED
    assert len(worker.fal.webhook_urls) == 1


async def test_a_webhook_that_comes_just_before_the_submits_answer_is_not_put_off(
    worker: Worker, job: Job
) -> None:
    """The look that it has asked for comes at once, not when fal would first have been asked."""

    async def tell() -> None:
        assert await worker.tell(job, OK)

    worker.fal.meanwhile = tell
    submitted = await worker.submit(job)
    assert submitted.status is Status.QUEUED
    assert await worker.next_look(submitted) <= 0


async def test_a_submit_that_failed_after_sending_is_adopted(worker: Worker, job: Job) -> None:
    """A 500 says nothing about the money: the job waits, and fal's word brings it back."""
    worker.fal.submit_answers = [500]
    assert (await worker.submit(job)).status is Status.UNCONFIRMED
    assert (await worker.look(job)).status is Status.UNCONFIRMED
    assert (await worker.hear(job, OK)).status is Status.COMPLETED
    assert len(worker.fal.webhook_urls) == 1


@pytest.mark.parametrize("status", [Status.DONE, Status.FAILED, Status.CANCELLED])
async def test_late_news_reopens_no_ended_job(worker: Worker, running: Job, status: Status) -> None:
    """Whoever ended it was first."""
    await worker.jobs.move(running, AT_FAL, status, due=None)
    before = await worker.read(running)
    assert not await worker.tell(running, OK)
    assert await worker.read(running) == before


async def test_news_that_come_during_a_look_are_acted_on_at_once(worker: Worker, job: Job) -> None:
    """A look that began before the webhook does not put the next one off."""
    queued = await worker.submit(job)

    async def tell() -> None:
        await worker.tell(queued, OK)

    worker.fal.meanwhile = tell
    assert (await worker.look(queued)).status is Status.RUNNING
    assert await worker.next_look(queued) <= 0


async def test_while_webhooks_work_looks_become_rare(worker: Worker, running: Job) -> None:
    """The longer nothing changes, the rarer; a look every fifteen seconds finds what was missed."""
    another = await order(worker, "another-update")
    await worker.hear(await worker.submit(another), OK)
    intervals = []
    for unchanged_for in (1, 6, 20, 600):
        await worker.jobs.update_fields(running.id, updated_at=time.time() - unchanged_for)
        await worker.look(running)
        intervals.append(round(await worker.next_look(running)))
    assert intervals == [1, 3, 10, 15]


async def test_the_more_are_followed_the_rarer_a_look_at_each(worker: Worker, running: Job) -> None:
    """Twenty thousand waiting jobs leave a worker its core for what the webhooks bring: a hundred looks a second."""
    far = int((time.time() + 3600) * 1000)
    await worker.redis.zadd(
        f"darkroom:due:{Queue.IMAGES}", {f"another-{n}": far for n in range(20_000)}
    )
    another = await order(worker, "another-update")
    await worker.hear(await worker.submit(another), OK)
    await worker.jobs.update_fields(running.id, updated_at=time.time() - 600)
    await worker.look(running)
    assert round(await worker.next_look(running)) == pytest.approx(200, abs=1)


async def test_a_missed_webhook_brings_every_job_back_to_its_pace(
    worker: Worker, running: Job
) -> None:
    """One job that ended in silence is enough; the next webhook restores the trust."""
    told, silent = [
        await worker.submit(await order(worker, f"update-{number}")) for number in range(2)
    ]
    await worker.hear(told, OK)
    assert await looks_are_rare(worker, running)
    worker.fal.status, still = COMPLETED, worker.fal.status
    assert (await worker.look(silent)).status is Status.COMPLETED
    worker.fal.status = still
    assert not await looks_are_rare(worker, running)
    await worker.tell(told, OK)
    assert await looks_are_rare(worker, running)


async def looks_are_rare(worker: Worker, job: Job) -> bool:
    """Whether a job in which nothing has changed for long is left alone for long."""
    await worker.jobs.update_fields(job.id, updated_at=time.time() - 600)
    await worker.look(job)
    return await worker.next_look(job) > 5
