"""A request for cancellation in each status of a job, and in each race."""

import pytest

from infra.errors import FailureKind
from tests.infra.fal.answers import detail
from tests.worker.generation.fal import ADDRESS, COMPLETED, PICTURE, REQUESTED, TOO_LATE
from tests.worker.generation.image_worker import Worker
from worker.jobs.cancellation import request_cancellation, take_back
from worker.model import Cancellation, Job, Problem, Status

CANCEL = f"{ADDRESS}/cancel"
DONE = {"status": "OK", "error": None, "payload": {"images": [PICTURE], "seed": 7}}
GONE = (404, {"status": "NOT_FOUND"})


async def wanted_no_more(worker: Worker, job: Job) -> Job:
    """Request the cancellation and poll."""
    assert await request_cancellation(worker.jobs, job)
    return await worker.look(job)


def outcome(job: Job) -> tuple[Status, Cancellation | None]:
    return job.status, job.cancellation


async def test_unsubmitted_job_is_cancelled_free(worker: Worker, job: Job) -> None:
    """It is never posted, not even by a submit that was enqueued before."""
    ended = await wanted_no_more(worker, job)
    assert outcome(ended) == (Status.CANCELLED, Cancellation.UNSENT)
    assert (await worker.submit(job)).status is Status.CANCELLED
    assert (worker.fal.webhook_urls, worker.fal.asked) == ([], [])


async def test_order_that_is_taken_back_costs_nothing(worker: Worker, job: Job) -> None:
    """It is never posted, nothing is counted, and its card, which has another use now, is left alone."""
    assert await take_back(worker.jobs, job)
    ended = await worker.look(job)
    assert outcome(ended) == (Status.CANCELLED, Cancellation.UNSENT)
    assert (ended.cost, ended.progress_message_id, ended.taken_back) == (0, None, True)
    assert (await worker.submit(job)).status is Status.CANCELLED
    assert (worker.fal.webhook_urls, worker.fal.asked) == ([], [])


@pytest.mark.parametrize("status", [Status.SUBMITTING, Status.QUEUED, Status.COLLECTING])
async def test_order_that_may_be_sent_is_not_taken_back(
    worker: Worker, job: Job, status: Status
) -> None:
    """It may cost something."""
    await worker.jobs.move(job, {Status.CREATED}, status, due=0)
    assert not await take_back(worker.jobs, job)


async def test_submit_finds_the_request(worker: Worker, job: Job) -> None:
    """A submit that finds the request ends the job as a poll does."""
    assert await request_cancellation(worker.jobs, job)
    assert outcome(await worker.submit(job)) == (Status.CANCELLED, Cancellation.UNSENT)
    assert worker.fal.webhook_urls == []


async def test_cancel_while_preparing(worker: Worker, job: Job) -> None:
    """Uploads are no order: nothing was posted."""
    await worker.jobs.move(job, {Status.CREATED}, Status.PREPARING, due=0)
    ended = await wanted_no_more(worker, job)
    assert outcome(ended) == (Status.CANCELLED, Cancellation.UNSENT)
    assert not await worker.jobs.move(job, {Status.PREPARING}, Status.CREATED, due=0)


async def test_cancel_during_a_submit_waits_for_its_response(worker: Worker, job: Job) -> None:
    """The submit is not taken for dead; when fal has the job, fal is asked to cancel it."""

    async def change_of_mind() -> None:
        if not worker.fal.asked:
            assert await request_cancellation(worker.jobs, job)
            assert (await worker.read(job)).status is Status.SUBMITTING

    worker.fal.meanwhile = change_of_mind
    assert (await worker.submit(job)).status is Status.QUEUED
    ended = await worker.look(job)
    assert outcome(ended) == (Status.CANCELLED, Cancellation.REMOVED)
    assert worker.fal.asked == [CANCEL]


async def test_unconfirmed_job_is_cancelled_when_a_webhook_adopts_it(
    worker: Worker, job: Job
) -> None:
    """The request waits with the job: after fal's webhook the job is cancelled at fal."""
    worker.fal.submit_answers = [500]
    await worker.submit(job)
    waiting = await wanted_no_more(worker, job)
    assert outcome(waiting) == (Status.UNCONFIRMED, None)
    heard = await worker.receive_webhook(job, {"status": "ERROR", "error": "Request timed out"})
    assert heard.status is Status.RUNNING
    assert outcome(await worker.look(job)) == (Status.CANCELLED, Cancellation.REMOVED)


async def test_unconfirmed_cancelled_job_is_not_called_free(worker: Worker, job: Job) -> None:
    """It may have been charged."""
    worker.fal.submit_answers = [500]
    await worker.submit(job)
    await request_cancellation(worker.jobs, job)
    await worker.jobs.update_fields(job.id, deadline=1)
    assert outcome(await worker.look(job)) == (Status.CANCELLED, Cancellation.UNKNOWN)


async def test_running_job_is_cancelled_at_fal_once(worker: Worker, running: Job) -> None:
    """202 means only that fal will try: the job is polled until fal has stopped, and ends as cancelled."""
    worker.fal.cancel_answer = REQUESTED
    asked = await wanted_no_more(worker, running)
    assert outcome(asked) == (Status.RUNNING, Cancellation.REQUESTED)
    await worker.look(running)
    assert worker.fal.asked.count(CANCEL) == 1
    worker.fal.stop()
    assert outcome(await worker.look(running)) == (Status.CANCELLED, Cancellation.STOPPED)


async def test_result_that_finishes_despite_the_cancel_is_delivered(
    worker: Worker, running: Job
) -> None:
    """It is paid for: the user gets the result, and the card says that the cancel was too late."""
    worker.fal.cancel_answer = REQUESTED
    await wanted_no_more(worker, running)
    heard = await worker.receive_webhook(running, DONE)
    assert (heard.status, heard.cancel_requested) == (Status.COMPLETED, True)


async def test_too_late_cancel_fetches_the_result_in_the_same_poll(
    worker: Worker, running: Job
) -> None:
    """fal had finished it before."""
    worker.fal.cancel_answer, worker.fal.status = TOO_LATE, COMPLETED
    assert (await wanted_no_more(worker, running)).status is Status.COMPLETED


async def test_failure_before_the_request_stays_a_failure(worker: Worker, running: Job) -> None:
    """The job failed by itself, and the user needs its reason."""
    worker.fal.cancel_answer, worker.fal.status = TOO_LATE, COMPLETED
    worker.fal.result, worker.fal.result_status = detail("content_policy_violation"), 422
    ended = await wanted_no_more(worker, running)
    assert (ended.status, ended.failure) == (Status.FAILED, "moderation")


async def test_lost_cancel_response_ends_as_cancelled(worker: Worker, running: Job) -> None:
    """The worker that asked has died; asked again, fal says that the job has ended, and how."""
    worker.fal.cancel_answer = TOO_LATE
    worker.fal.stop()
    assert outcome(await wanted_no_more(worker, running)) == (
        Status.CANCELLED,
        Cancellation.STOPPED,
    )


async def test_failed_cancel_call_is_repeated(worker: Worker, running: Job) -> None:
    """A network error is no answer: the job is polled, and the request stays."""
    worker.fal.cancel_answer = (403, {"detail": "no"})
    assert outcome(await wanted_no_more(worker, running)) == (Status.RUNNING, None)
    worker.fal.cancel_answer = (200, {})
    assert outcome(await worker.look(running)) == (Status.CANCELLED, Cancellation.REMOVED)


async def test_cancelled_job_unknown_to_fal_is_not_called_free(
    worker: Worker, running: Job
) -> None:
    """It may have run before."""
    worker.fal.cancel_answer = GONE
    worker.fal.status, worker.fal.status_code = {"status": "NOT_FOUND"}, 404
    await request_cancellation(worker.jobs, running)
    await worker.jobs.update_fields(running.id, problem=Problem(kind=FailureKind.UNKNOWN, since=1))
    assert outcome(await worker.look(running)) == (Status.CANCELLED, Cancellation.UNKNOWN)


async def test_webhook_during_the_cancel_call_wins(worker: Worker, running: Job) -> None:
    """While fal is asked to cancel, its webhook brings the result: the result stays."""
    worker.fal.cancel_answer = (200, {})

    async def finish() -> None:
        worker.fal.meanwhile = nothing
        await worker.jobs.move(running, {Status.RUNNING}, Status.COMPLETED, due=0)

    worker.fal.meanwhile = finish
    assert (await wanted_no_more(worker, running)).status is Status.COMPLETED


async def test_cancel_at_the_deadline_is_a_cancel(worker: Worker, running: Job) -> None:
    """A user who has cancelled gets no timeout message."""
    worker.fal.cancel_answer = REQUESTED
    await wanted_no_more(worker, running)
    await worker.jobs.update_fields(running.id, deadline=1)
    assert outcome(await worker.look(running)) == (Status.CANCELLED, Cancellation.UNKNOWN)


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.DELIVERING, Status.DONE])
async def test_cancel_after_the_end_changes_nothing(
    worker: Worker, running: Job, status: Status
) -> None:
    """The finished result is delivered without mention of a cancel."""
    await worker.jobs.move(running, {Status.RUNNING}, status, due=None)
    before = await worker.read(running)
    assert not await request_cancellation(worker.jobs, running)
    assert await worker.read(running) == before


async def nothing() -> None:
    """Do nothing."""
