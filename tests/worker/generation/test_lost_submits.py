"""A submit whose answer was lost, without webhooks: it is found at fal by its exact input, or not at all."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import httpx
import pytest
from PIL import Image

from infra.fal.tasks import TaskId
from tests.infra.pictures import encoded
from tests.worker.generation.studio import QUEUE, Studio
from worker.composition import compose
from worker.generation.policies import INQUIRY_RETRY
from worker.jobs.inquiries import Inquiries
from worker.model import Job, Picture, Status

pytestmark = pytest.mark.slow


async def _lost(studio: Studio, prompt: str) -> Job:
    """Return a job whose submit fal has accepted, and whose answer was lost."""
    job = await studio.submit(await studio.order(prompt))
    assert job.status is Status.UNCONFIRMED
    return job


async def _never_arrived(studio: Studio, prompt: str) -> Job:
    await studio.disturb("submit", drop=True)
    return await _lost(studio, prompt)


async def _found(studio: Studio, job: Job) -> Job:
    """Ask until fal lists the request: it does so only after it has started."""
    for _ in range(15):
        found = await studio.inquire(job)
        if found.status != job.status:
            return found
        await asyncio.sleep(0.3)
    raise AssertionError(found)


@pytest.mark.parametrize("word", ["#lost", "#500"])
async def test_lost_submit_is_found_and_delivered(studio: Studio, word: str) -> None:
    """The job goes on as if its submit had been answered, and is paid for once."""
    paid = await studio.world.paid()
    job = await _lost(studio, f"a found cat {word}")
    next_inquiry = await studio.next_inquiry(job)
    assert next_inquiry
    assert 5 < next_inquiry < 9
    found = await _found(studio, job)
    assert found.task
    assert await studio.next_inquiry(job) is None
    while found.status in {Status.QUEUED, Status.RUNNING}:
        found = await studio.look(found)
    assert found.status is Status.COMPLETED
    assert await studio.world.paid() == paid + 1


async def test_lost_edit_is_found_by_the_addresses_that_were_sent(studio: Studio) -> None:
    """The digest is that of the arguments with the image's address of this submit."""
    sent = await studio.user.send_files(encoded(Image.new("L", (400, 400))))
    picture = Picture(file_id=sent["document"]["file_id"])
    job = await studio.prepare(await studio.order("as a drawing #lost", of=picture))
    assert (await studio.submit(job)).status is Status.UNCONFIRMED
    assert (await _found(studio, job)).status is Status.QUEUED


async def test_identical_orders_never_have_the_same_request(studio: Studio) -> None:
    """Both were posted and both answers lost: each job has one of the two requests."""
    jobs = [await _lost(studio, "two cats #lost") for _ in range(2)]
    tasks = {(await _found(studio, job)).task for job in jobs}
    assert len(tasks) == 2


async def test_one_request_goes_to_one_of_two_identical_orders(studio: Studio) -> None:
    """The other one never arrived; it stays in doubt."""
    first = await _lost(studio, "one cat #lost")
    second = await _never_arrived(studio, "one cat #lost")
    assert (await _found(studio, second)).status is Status.QUEUED
    for _ in range(3):
        assert (await studio.inquire(first)).status is Status.UNCONFIRMED


async def test_request_of_an_answered_order_is_not_taken(studio: Studio) -> None:
    """An identical order had its answer: its request is not the lost one."""
    answered = await studio.submit(await studio.order("a busy cat"))
    lost = await _never_arrived(studio, "a busy cat")
    for _ in range(3):
        assert (await studio.inquire(lost)).status is Status.UNCONFIRMED
    assert (await studio.read(answered)).task


async def test_request_whose_answer_may_still_come_is_not_taken(studio: Studio) -> None:
    """An identical job is being submitted: fal's answer to it may name the request."""
    lost = await _lost(studio, "a slow cat #lost")
    other = await _lost(studio, "a slow cat #lost")
    await studio.jobs.move(other, {Status.UNCONFIRMED}, Status.SUBMITTING, due=60)
    for _ in range(3):
        assert (await studio.inquire(lost)).status is Status.UNCONFIRMED
    await studio.jobs.move(other, {Status.SUBMITTING}, Status.UNCONFIRMED, due=60)
    assert (await _found(studio, lost)).status is Status.QUEUED


async def test_two_requests_for_one_job_are_not_guessed(studio: Studio) -> None:
    """Another program with the same key has posted the same: which one is ours is not known."""
    job = await _lost(studio, "a cat of two owners #lost")
    (request,) = await _inputs(studio, job, number=1)
    address = f"{studio.world.fal_url}/{job.request.model}"
    headers = {"authorization": "Key sandbox:key"}
    with pytest.raises(httpx.HTTPError):
        await studio.world.http.post(address, json=request, headers=headers)
    await _inputs(studio, job, number=2)
    for _ in range(3):
        assert (await studio.inquire(job)).status is Status.UNCONFIRMED


async def test_lost_submit_is_found_after_the_job_was_given_up(studio: Studio) -> None:
    """The user was told that it may have been charged; the result still comes."""
    job = await _lost(studio, "a late cat #lost")
    await studio.jobs.update_fields(job.id, deadline=1)
    given_up = await studio.look(job)
    assert (given_up.status, given_up.failure) == (Status.FAILED, "unconfirmed")
    assert (await _found(studio, given_up)).status is Status.COMPLETED
    assert await studio.next_inquiry(job) is None


async def test_retry_after_is_honoured(studio: Studio) -> None:
    """fal limits how often it may be asked."""
    job = await _lost(studio, "a patient cat #lost")
    await studio.disturb("history", status=429, retry_after="700")
    assert (await studio.inquire(job)).status is Status.UNCONFIRMED
    waits = await studio.next_inquiry(job)
    assert waits
    assert 699 < waits < 702


async def test_slow_list_counts_as_an_answer(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fal's list takes longer than a question may: it is asked again later, and a limited number of times."""
    job = await _lost(studio, "a slowly listed cat #lost")
    await studio.disturb("history", delay=5)
    monkeypatch.setattr("worker.generation.inquire._MOST_SECONDS", 0.2)
    assert (await studio.inquire(job)).inquiries == 1
    waits = await studio.next_inquiry(job)
    assert waits
    assert 9 < waits < 16


async def test_job_that_was_answered_meanwhile_takes_no_other_request(studio: Studio) -> None:
    """A webhook named its request while fal was asked: the one that is listed belongs to an identical order."""
    answered, lost = [await _lost(studio, "two late cats #lost") for _ in range(2)]
    assert answered.input_digest
    inquiries = Inquiries(studio.redis, QUEUE)
    task = TaskId("of-the-webhook", "https://a", "https://b", "https://c").dumps()
    await studio.jobs.move(answered, {Status.UNCONFIRMED}, Status.QUEUED, due=60, task=task)
    assert await inquiries.claim_request(answered, ["of-the-other"]) is None
    assert await inquiries.claim_request(lost, ["of-the-other"]) == "of-the-other"


async def test_requests_that_fal_does_not_store_are_not_asked_for(studio: Studio) -> None:
    """With `fal_store_io=false` fal lists no inputs, so there is no question."""
    settings = studio.settings.model_copy(update={"fal_store_io": False})
    async with AsyncExitStack() as stack:
        private = replace(studio, work=compose(QUEUE, settings, studio.redis, stack))
        job = await _lost(private, "a private cat #lost")
        assert job.input_digest is None
        assert await private.next_inquiry(job) is None


async def test_questions_are_limited(studio: Studio) -> None:
    """A miss proves nothing, and is not repeated for ever; each wait is longer than the one before."""
    job = await _never_arrived(studio, "a cat that is nowhere")
    waits = []
    while (wait := await studio.next_inquiry(job)) is not None:
        waits.append(wait)
        job = await studio.inquire(job)
    assert len(waits) == INQUIRY_RETRY.attempts
    assert waits[1] < waits[4] < waits[7]
    assert job.status is Status.UNCONFIRMED


async def _inputs(studio: Studio, job: Job, number: int) -> list[object]:
    """Wait until fal lists this number of requests with the job's prompt; return their inputs."""
    for _ in range(50):
        answer = await studio.world.http.get(
            f"{studio.world.fal_url}/v1/models/requests/by-endpoint",
            params={"endpoint_id": job.request.model, "expand": "payloads", "limit": 100},
            headers={"authorization": "Key sandbox:key"},
        )
        inputs = [item["json_input"] for item in answer.json()["items"]]
        found = [given for given in inputs if given["prompt"] == job.request.prompt]
        if len(found) == number:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(found)
