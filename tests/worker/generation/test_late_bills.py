"""A bill that could not be read when the job ended is read later; the ledger and the caption are corrected."""

import pytest

from tests.infra.fal.answers import detail
from tests.worker.generation.fal import COMPLETED, REQUESTED
from tests.worker.generation.image_worker import Worker
from tests.worker.generation.studio import Studio
from tests.worker.generation.test_charging import refusal
from tests.worker.jobs.test_store import request
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.limits.ledger import Ledger
from worker.model import Job, Status
from worker.queues.names import Queue

ESTIMATE = 0.039
UNITS = {"X-Fal-Billable-Units": "2"}
BILL = 0.006


@pytest.fixture
async def priced(worker: Worker) -> Job:
    plain = request().model_copy(update={"options": {}})
    return await worker.jobs.create(plain, "a-priced-update", cost=ESTIMATE)


async def _spent(worker: Worker | Studio) -> float:
    return (await Ledger(worker.redis).read()).total.dollars


async def _inquire(worker: Worker, job: Job) -> Job:
    await worker.redis.zadd(f"darkroom:inquiries:{Queue.IMAGES}", {job.id: 0}, xx=True)
    await worker.work["inquire"]()
    return await worker.read(job)


async def _is_asked(worker: Worker, job: Job) -> bool:
    return await worker.redis.zscore(f"darkroom:inquiries:{Queue.IMAGES}", job.id) is not None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "before", "after"), [("ru", "≈ $0,25", "$0,003"), ("en", "≈ $0.25", "$0.003")]
)
async def test_bill_of_a_delivered_result_is_read_later(
    studio: Studio, language: str, before: str, after: str
) -> None:
    """fal answers 503 for the bill until the result is sent; then ledger and caption get it."""
    job = await studio.finished("a cat on credit", language=language)
    await studio.jobs.move(job, None, due=60, units=None, cost=0.25)
    await studio.disturb("result", status=503, times=50)
    await studio.collect(await studio.read(job))
    done = await studio.deliver(job)
    assert (done.status, done.units, done.cost) == (Status.DONE, None, 0.25)
    sent = await studio.user.last_from_bot()
    assert before in sent["caption"]

    assert (await studio.inquire(job)).units is None
    await studio.calm()
    billed = await studio.inquire(job)
    assert (billed.units, billed.cost, billed.task) == (1, 0.003, None)
    assert await _spent(studio) == 0.003
    (corrected,) = [
        message
        for message in await studio.user.from_bot()
        if message["message_id"] == sent["message_id"]
    ]
    assert before not in corrected["caption"]
    assert after in corrected["caption"]
    assert corrected["reply_markup"] == sent["reply_markup"]
    assert await studio.next_inquiry(job) is None


@pytest.mark.slow
async def test_late_bill_leaves_another_step_alone(studio: Studio) -> None:
    """Its user has opened another job of the chain in the message: that one has its own caption."""
    job = await studio.finished("a cat on credit")
    await studio.jobs.move(job, None, due=60, units=None, cost=0.25)
    await studio.disturb("result", status=503, times=50)
    await studio.collect(await studio.read(job))
    await studio.deliver(job)
    sent = await studio.user.last_from_bot()
    index = MessageIndex(studio.redis)
    await index.remember_sent(
        studio.user.id, {sent["message_id"]: ResultRef("0123456789abcdef", 0)}
    )
    await studio.calm()
    assert (await studio.inquire(job)).units == 1
    assert (await studio.user.last_from_bot())["caption"] == sent["caption"]


async def test_bill_of_a_refused_input_is_read_later(worker: Worker, priced: Job) -> None:
    """A webhook told the failure; its bill, read when fal answers, says that nothing is charged."""
    submitted = await worker.submit(priced)
    worker.fal.result_status = 503
    ended = await worker.receive_webhook(submitted, refusal("content_policy_violation", 422))
    assert (ended.status, ended.cost) == (Status.FAILED, ESTIMATE)
    assert await _is_asked(worker, ended)

    worker.fal.status = COMPLETED
    worker.fal.result, worker.fal.result_status = detail("content_policy_violation"), 422
    worker.fal.bill = {"X-Fal-Billable-Units": "0"}
    billed = await _inquire(worker, ended)
    assert (billed.units, billed.cost, billed.failure) == (0, 0, ended.failure)
    assert await _spent(worker) == 0
    assert not await _is_asked(worker, ended)


async def test_expired_job_that_completes_is_delivered_and_billed(
    worker: Worker, priced: Job
) -> None:
    """fal was asked to stop it at its deadline and completed it: what is paid for arrives."""
    submitted = await worker.submit(priced)
    worker.fal.cancel_answer = REQUESTED
    await worker.jobs.update_fields(submitted.id, deadline=1)
    expired = await worker.look(submitted)
    assert expired.status is Status.EXPIRED
    assert (await _inquire(worker, expired)).status is Status.EXPIRED
    worker.fal.status, worker.fal.bill = COMPLETED, UNITS
    late = await _inquire(worker, expired)
    assert (late.status, late.cost) == (Status.COMPLETED, BILL)
    assert await _spent(worker) == BILL


async def test_late_result_of_a_job_without_cost_is_billed(worker: Worker, priced: Job) -> None:
    """fal removed it from its queue, completed it nevertheless, and did not give its bill with the result."""
    submitted = await worker.submit(priced)
    await worker.jobs.move(submitted, {Status.QUEUED}, Status.EXPIRED, due=None, cost=0)
    assert not await _is_asked(worker, submitted)
    await worker.jobs.move(submitted, {Status.EXPIRED}, Status.DONE, due=None)
    worker.fal.status, worker.fal.bill = COMPLETED, UNITS
    billed = await _inquire(worker, submitted)
    assert (billed.status, billed.cost, billed.task) == (Status.DONE, BILL, None)
    assert await _spent(worker) == BILL


async def test_cancelled_job_that_completed_is_billed(worker: Worker, priced: Job) -> None:
    """fal did not know the request when it was cancelled, and has billed it."""
    submitted = await worker.submit(priced)
    await worker.jobs.move(
        submitted, {Status.QUEUED}, Status.CANCELLED, due=None, cancellation="unknown"
    )
    worker.fal.status, worker.fal.bill = COMPLETED, UNITS
    billed = await _inquire(worker, submitted)
    assert (billed.status, billed.cost, billed.task) == (Status.CANCELLED, BILL, None)


async def test_missing_bill_is_asked_for_three_times(worker: Worker, priced: Job) -> None:
    """fal answers and names no units: the estimate stays."""
    submitted = await worker.submit(priced)
    worker.fal.status = COMPLETED
    worker.fal.result, worker.fal.result_status = detail("content_policy_violation"), 422
    ended = await worker.look(submitted)
    asked = 0
    while await _is_asked(worker, ended):
        ended = await _inquire(worker, ended)
        asked += 1
    assert asked == 3
    assert (ended.units, ended.cost) == (None, ESTIMATE)


async def test_deleted_job_is_not_asked_about(worker: Worker, priced: Job) -> None:
    """Nothing about it stays behind."""
    submitted = await worker.submit(priced)
    worker.fal.status = COMPLETED
    worker.fal.result, worker.fal.result_status = detail("content_policy_violation"), 422
    ended = await worker.look(submitted)
    assert await _is_asked(worker, ended)
    await worker.jobs.delete(ended)
    assert not await _is_asked(worker, ended)
