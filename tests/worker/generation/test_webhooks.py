"""fal's webhook that comes early, late, twice, without a payload, or never."""

import time
from typing import Any

import pytest

from tests.infra.fal.answers import detail
from tests.worker.generation.fal import ADDRESS, COMPLETED, PICTURE
from tests.worker.generation.image_worker import PUBLIC_URL, Worker, order
from worker.jobs import fal_webhooks
from worker.jobs.fal_webhooks import webhook_url
from worker.model import ADOPTABLE, AT_FAL, Job, Status
from worker.queues.names import Queue

OK = {"status": "OK", "error": None, "payload": {"images": [PICTURE], "seed": 2**70}}
IN_DOUBT = {"status": "OK", "payload": None, "payload_error": "not JSON serializable"}


@pytest.fixture(autouse=True)
def every_poll_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker notices a second later that another process has stored a webhook."""
    monkeypatch.setattr(fal_webhooks, "_FRESH", 0)


async def test_webhook_token_is_stored_before_the_post(worker: Worker, job: Job) -> None:
    """If the worker dies in the POST, fal's webhook finds the job."""
    seen: list[Job] = []

    async def read() -> None:
        seen.append(await worker.read(job))

    worker.fal.meanwhile = read
    await worker.submit(job)
    token = seen[0].webhook_token
    assert token
    assert seen[0].status is Status.SUBMITTING
    assert worker.fal.webhook_urls == [webhook_url(PUBLIC_URL, job.id, token)]


async def test_retried_submit_keeps_its_token(worker: Worker, job: Job) -> None:
    """A webhook of any try finds its job."""
    worker.fal.submit_answers = [429, 200]
    first = await worker.submit(job)
    second = await worker.submit(job)
    assert (first.status, second.status) == (Status.CREATED, Status.QUEUED)
    assert first.webhook_token == second.webhook_token
    assert len(set(worker.fal.webhook_urls)) == 1


async def test_without_public_url_jobs_are_polled(unreachable_worker: Worker) -> None:
    """fal gets no webhook address; the polls come at their interval, whatever other jobs use."""
    worker = unreachable_worker
    submitted = await worker.submit(await order(worker))
    assert (submitted.status, submitted.webhook_token) == (Status.QUEUED, None)
    assert worker.fal.webhook_urls == [None]
    running = await worker.look(submitted)
    await worker.tell(running, OK)
    assert await worker.webhooks.are_working()
    assert not await looks_are_rare(worker, running)


async def test_webhook_saves_the_calls_to_fal(worker: Worker, running: Job) -> None:
    """Its payload is enough: the result's URLs, and a seed of any size."""
    asked = list(worker.fal.asked)
    heard = await worker.receive_webhook(running, OK)
    assert (heard.status, heard.result_urls) == (Status.COMPLETED, (PICTURE["url"],))
    assert heard.seed == str(2**70)
    assert worker.fal.asked == asked


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/a.png", "data:,x"])
async def test_result_with_another_url_scheme_is_refused_by_the_download(
    worker: Worker, running: Job, url: str
) -> None:
    """The job continues to the download, which refuses every URL that is not fal's."""
    foreign = {"status": "OK", "error": None, "payload": {"images": [{"url": url}]}}
    heard = await worker.receive_webhook(running, foreign)
    assert (heard.status, heard.result_urls) == (Status.COMPLETED, (url,))


async def test_failure_by_webhook_is_the_same_as_by_poll(worker: Worker, running: Job) -> None:
    """The user gets the same message."""
    error = "Invalid status code: 422"
    payload = detail("content_policy_violation")
    heard = await worker.receive_webhook(
        running, {"status": "ERROR", "error": error, "payload": payload}
    )
    assert (heard.status, heard.failure) == (Status.FAILED, "moderation")
    assert "secret cat" not in (heard.detail or "")


@pytest.mark.parametrize(
    "content", [IN_DOUBT, {"status": "ERROR", "error": "Request timed out", "payload": None}, {}]
)
async def test_webhook_without_a_payload_fetches_the_result(
    worker: Worker, running: Job, content: dict[str, Any]
) -> None:
    """An incomplete webhook triggers a poll."""
    worker.fal.status = COMPLETED
    heard = await worker.receive_webhook(running, content)
    assert (heard.status, heard.seed) == (Status.COMPLETED, "7")
    assert worker.fal.asked[-2:] == [f"{ADDRESS}/status", ADDRESS]


@pytest.mark.parametrize("content", [OK, IN_DOUBT])
@pytest.mark.parametrize("status", sorted(ADOPTABLE))
async def test_webhook_adopts_an_unconfirmed_job(
    worker: Worker, job: Job, status: Status, content: dict[str, Any]
) -> None:
    """fal has it: the job continues, and is not posted again."""
    worker.fal.status = COMPLETED
    await worker.jobs.move(job, {Status.CREATED}, status, due=0, webhook_token="t")
    heard = await worker.receive_webhook(await worker.read(job), content)
    assert heard.status is Status.COMPLETED
    assert heard.task
    assert f"{ADDRESS}/cancel" in heard.task
    await worker.submit(job)
    assert worker.fal.webhook_urls == []


async def test_webhook_before_the_submits_response(worker: Worker, job: Job) -> None:
    """The response finds the job adopted and changes nothing."""

    async def finish() -> None:
        heard = await worker.receive_webhook(await worker.read(job), OK)
        assert heard.status is Status.COMPLETED

    worker.fal.meanwhile = finish
    submitted = await worker.submit(job)
    assert submitted.status is Status.COMPLETED
    assert len(worker.fal.webhook_urls) == 1


async def test_webhook_just_before_the_submits_response_is_handled_at_once(
    worker: Worker, job: Job
) -> None:
    """The poll that it triggers runs at once, not at the time of the first poll."""

    async def tell() -> None:
        assert await worker.tell(job, OK)

    worker.fal.meanwhile = tell
    submitted = await worker.submit(job)
    assert submitted.status is Status.QUEUED
    assert await worker.next_look(submitted) <= 0


async def test_webhook_adopts_a_submit_that_got_a_500(worker: Worker, job: Job) -> None:
    """A 500 does not say whether it is charged: the job waits, and fal's webhook continues it."""
    worker.fal.submit_answers = [500]
    assert (await worker.submit(job)).status is Status.UNCONFIRMED
    assert (await worker.look(job)).status is Status.UNCONFIRMED
    assert (await worker.receive_webhook(job, OK)).status is Status.COMPLETED
    assert len(worker.fal.webhook_urls) == 1


@pytest.mark.parametrize("status", [Status.DONE, Status.FAILED, Status.CANCELLED])
async def test_late_webhook_reopens_no_ended_job(
    worker: Worker, running: Job, status: Status
) -> None:
    """The first end counts."""
    await worker.jobs.move(running, AT_FAL, status, due=None)
    before = await worker.read(running)
    assert not await worker.tell(running, OK)
    assert await worker.read(running) == before


async def test_webhook_during_a_poll_is_handled_at_once(worker: Worker, job: Job) -> None:
    """A poll that began before the webhook does not postpone the next one."""
    queued = await worker.submit(job)

    async def tell() -> None:
        await worker.tell(queued, OK)

    worker.fal.meanwhile = tell
    assert (await worker.look(queued)).status is Status.RUNNING
    assert await worker.next_look(queued) <= 0


async def test_polls_become_rare_while_webhooks_work(worker: Worker, running: Job) -> None:
    """The longer nothing changes, the rarer; within fifteen seconds a poll finds a missed webhook."""
    another = await order(worker, "another-update")
    await worker.receive_webhook(await worker.submit(another), OK)
    intervals = []
    for unchanged_for in (1, 6, 20, 600):
        await worker.jobs.update_fields(running.id, updated_at=time.time() - unchanged_for)
        await worker.look(running)
        intervals.append(round(await worker.next_look(running)))
    assert intervals == [1, 3, 10, 15]


async def test_poll_rate_is_bounded_for_many_jobs(worker: Worker, running: Job) -> None:
    """Twenty thousand waiting jobs get a hundred polls a second together, so that the core is free for webhooks."""
    far = int((time.time() + 3600) * 1000)
    await worker.redis.zadd(
        f"darkroom:due:{Queue.IMAGES}", {f"another-{n}": far for n in range(20_000)}
    )
    another = await order(worker, "another-update")
    await worker.receive_webhook(await worker.submit(another), OK)
    await worker.jobs.update_fields(running.id, updated_at=time.time() - 600)
    await worker.look(running)
    assert round(await worker.next_look(running)) == pytest.approx(200, abs=1)


async def test_missed_webhook_restores_the_poll_interval(worker: Worker, running: Job) -> None:
    """One job that ended without a webhook is enough; the next webhook makes polls rare again."""
    told, silent = [
        await worker.submit(await order(worker, f"update-{number}")) for number in range(2)
    ]
    await worker.receive_webhook(told, OK)
    assert await looks_are_rare(worker, running)
    worker.fal.status, still = COMPLETED, worker.fal.status
    assert (await worker.look(silent)).status is Status.COMPLETED
    worker.fal.status = still
    assert not await looks_are_rare(worker, running)
    await worker.tell(told, OK)
    assert await looks_are_rare(worker, running)


async def looks_are_rare(worker: Worker, job: Job) -> bool:
    """Return whether a job that has not changed for long is polled rarely."""
    await worker.jobs.update_fields(job.id, updated_at=time.time() - 600)
    await worker.look(job)
    return await worker.next_look(job) > 5
