"""A wish to cancel, wherever the job stands, and whoever it meets."""

import pytest

from infra.errors import FailureKind
from tests.infra.fal.answers import detail
from tests.worker.generation.fal import ADDRESS, COMPLETED, PICTURE, REQUESTED, TOO_LATE
from tests.worker.generation.image_worker import Worker
from worker.jobs.cancellation import request_cancellation
from worker.model import Cancellation, Job, Status, Trouble

CANCEL = f"{ADDRESS}/cancel"
DONE = {"status": "OK", "error": None, "payload": {"images": [PICTURE], "seed": 7}}
GONE = (404, {"status": "NOT_FOUND"})


async def wanted_no_more(worker: Worker, job: Job) -> Job:
    """The wish is noted, and the next look taken."""
    assert await request_cancellation(worker.jobs, job)
    return await worker.look(job)


def outcome(job: Job) -> tuple[Status, Cancellation | None]:
    return job.status, job.cancellation


async def test_what_was_not_sent_is_cancelled_for_nothing(worker: Worker, job: Job) -> None:
    """fal never hears of it, not even from a submit that was enqueued before."""
    ended = await wanted_no_more(worker, job)
    assert outcome(ended) == (Status.CANCELLED, Cancellation.UNSENT)
    assert (await worker.submit(job)).status is Status.CANCELLED
    assert (worker.fal.webhook_urls, worker.fal.asked) == ([], [])


async def test_a_submit_finds_the_wish(worker: Worker, job: Job) -> None:
    """Whoever was about to send it is as good as a look."""
    assert await request_cancellation(worker.jobs, job)
    assert outcome(await worker.submit(job)) == (Status.CANCELLED, Cancellation.UNSENT)
    assert worker.fal.webhook_urls == []


async def test_preparing_is_cancelled_in_the_middle(worker: Worker, job: Job) -> None:
    """Pictures on their way are no request: nothing was sent."""
    await worker.jobs.move(job, {Status.CREATED}, Status.PREPARING, due=0)
    ended = await wanted_no_more(worker, job)
    assert outcome(ended) == (Status.CANCELLED, Cancellation.UNSENT)
    assert not await worker.jobs.move(job, {Status.PREPARING}, Status.CREATED, due=0)


async def test_a_submit_on_its_way_arrives_first(worker: Worker, job: Job) -> None:
    """It is not taken for dead; when fal has it, fal is asked to drop it."""

    async def change_of_mind() -> None:
        if not worker.fal.asked:
            assert await request_cancellation(worker.jobs, job)
            assert (await worker.read(job)).status is Status.SUBMITTING

    worker.fal.meanwhile = change_of_mind
    assert (await worker.submit(job)).status is Status.QUEUED
    ended = await worker.look(job)
    assert outcome(ended) == (Status.CANCELLED, Cancellation.REMOVED)
    assert worker.fal.asked == [CANCEL]


async def test_what_fal_may_have_is_cancelled_when_that_is_known(worker: Worker, job: Job) -> None:
    """The wish waits as the job does: fal's word comes, and the job is called off there."""
    worker.fal.submit_answers = [500]
    await worker.submit(job)
    waiting = await wanted_no_more(worker, job)
    assert outcome(waiting) == (Status.UNCONFIRMED, None)
    heard = await worker.hear(job, {"status": "ERROR", "error": "Request timed out"})
    assert heard.status is Status.RUNNING
    assert outcome(await worker.look(job)) == (Status.CANCELLED, Cancellation.REMOVED)


async def test_what_never_became_known_is_not_called_free(worker: Worker, job: Job) -> None:
    """Nobody can say whether it was paid for, so nobody does."""
    worker.fal.submit_answers = [500]
    await worker.submit(job)
    await request_cancellation(worker.jobs, job)
    await worker.jobs.update_fields(job.id, deadline=1)
    assert outcome(await worker.look(job)) == (Status.CANCELLED, Cancellation.UNKNOWN)


async def test_what_fal_runs_is_asked_to_stop_once(worker: Worker, running: Job) -> None:
    """202 is a promise to try: the job is followed until fal has stopped, and ends as cancelled."""
    worker.fal.cancel_answer = REQUESTED
    asked = await wanted_no_more(worker, running)
    assert outcome(asked) == (Status.RUNNING, Cancellation.REQUESTED)
    await worker.look(running)
    assert worker.fal.asked.count(CANCEL) == 1
    worker.fal.stop()
    assert outcome(await worker.look(running)) == (Status.CANCELLED, Cancellation.STOPPED)


async def test_what_finishes_all_the_same_is_delivered(worker: Worker, running: Job) -> None:
    """It is paid for: whoever wanted to cancel gets the result, and the card says it was too late."""
    worker.fal.cancel_answer = REQUESTED
    await wanted_no_more(worker, running)
    heard = await worker.hear(running, DONE)
    assert (heard.status, heard.cancel_requested) == (Status.COMPLETED, True)


async def test_too_late_is_fetched_in_the_same_look(worker: Worker, running: Job) -> None:
    """fal had done it already."""
    worker.fal.cancel_answer, worker.fal.status = TOO_LATE, COMPLETED
    assert (await wanted_no_more(worker, running)).status is Status.COMPLETED


async def test_a_refusal_that_came_before_the_wish_stays_a_refusal(
    worker: Worker, running: Job
) -> None:
    """It failed by itself, and its reason is what the person needs."""
    worker.fal.cancel_answer, worker.fal.status = TOO_LATE, COMPLETED
    worker.fal.result, worker.fal.result_status = detail("content_policy_violation"), 422
    ended = await wanted_no_more(worker, running)
    assert (ended.status, ended.failure) == (Status.FAILED, "moderation")


async def test_a_cancel_whose_answer_was_lost_ends_as_cancelled(
    worker: Worker, running: Job
) -> None:
    """The process that asked has died; fal, asked again, says that it has ended, and how."""
    worker.fal.cancel_answer = TOO_LATE
    worker.fal.stop()
    assert outcome(await wanted_no_more(worker, running)) == (
        Status.CANCELLED,
        Cancellation.STOPPED,
    )


async def test_fal_that_cannot_be_asked_is_asked_again(worker: Worker, running: Job) -> None:
    """Trouble on the way is no answer: the job is followed, the wish stands."""
    worker.fal.cancel_answer = (403, {"detail": "no"})
    assert outcome(await wanted_no_more(worker, running)) == (Status.RUNNING, None)
    worker.fal.cancel_answer = (200, {})
    assert outcome(await worker.look(running)) == (Status.CANCELLED, Cancellation.REMOVED)


async def test_what_fal_has_forgotten_is_not_called_free(worker: Worker, running: Job) -> None:
    """It may have run before."""
    worker.fal.cancel_answer = GONE
    worker.fal.status, worker.fal.status_code = {"status": "NOT_FOUND"}, 404
    await request_cancellation(worker.jobs, running)
    await worker.jobs.update_fields(running.id, trouble=Trouble(kind=FailureKind.UNKNOWN, since=1))
    assert outcome(await worker.look(running)) == (Status.CANCELLED, Cancellation.UNKNOWN)


async def test_a_wish_that_meets_the_webhook_loses(worker: Worker, running: Job) -> None:
    """While fal is being asked, its webhook brings the result: the result stays."""
    worker.fal.cancel_answer = (200, {})

    async def finish() -> None:
        worker.fal.meanwhile = nothing
        await worker.jobs.move(running, {Status.RUNNING}, Status.COMPLETED, due=0)

    worker.fal.meanwhile = finish
    assert (await wanted_no_more(worker, running)).status is Status.COMPLETED


async def test_a_wish_at_the_deadline_is_a_cancel(worker: Worker, running: Job) -> None:
    """Who wanted it no more is not told that it took too long."""
    worker.fal.cancel_answer = REQUESTED
    await wanted_no_more(worker, running)
    await worker.jobs.update_fields(running.id, deadline=1)
    assert outcome(await worker.look(running)) == (Status.CANCELLED, Cancellation.UNKNOWN)


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.DELIVERING, Status.DONE])
async def test_a_wish_that_comes_too_late_changes_nothing(
    worker: Worker, running: Job, status: Status
) -> None:
    """What is done is delivered, and says nothing of a wish."""
    await worker.jobs.move(running, {Status.RUNNING}, status, due=None)
    before = await worker.read(running)
    assert not await request_cancellation(worker.jobs, running)
    assert await worker.read(running) == before


async def nothing() -> None:
    """What happens meanwhile most of the time."""
