"""What each course of a job costs in the ledger, and the fal slots that it holds."""

from typing import Any

import pytest

from tests.infra.fal.answers import detail
from tests.worker.generation.fal import COMPLETED, PICTURE, REQUESTED
from tests.worker.generation.image_worker import Worker, order
from tests.worker.jobs.test_store import request
from worker.limits.ledger import Ledger
from worker.limits.limits import UNLIMITED, Limit, LimitStore
from worker.model import Job, Status
from worker.queues.names import Task

PRICE = 0.039
DONE = {"status": "OK", "error": None, "payload": {"images": [PICTURE], "seed": 7}}


def refusal(error_type: str, status: int) -> dict[str, Any]:
    error = f"Invalid status code: {status}"
    return {"status": "ERROR", "error": error, "payload": detail(error_type)}


@pytest.fixture
async def priced(worker: Worker) -> Job:
    plain = request().model_copy(update={"options": {}})
    return await worker.jobs.create(plain, "a-priced-update", cost=PRICE)


async def spent(worker: Worker) -> float:
    """Return today's spending in the ledger."""
    return (await Ledger(worker.redis).read()).total.dollars


async def test_refused_submit_costs_nothing(worker: Worker, priced: Job) -> None:
    """Nothing was queued; the step that ends the job releases the reservation."""
    assert await spent(worker) == PRICE
    worker.fal.submit_answers = [422]
    ended = await worker.submit(priced)
    assert (ended.status, ended.cost) == (Status.FAILED, 0)
    assert await spent(worker) == 0


async def test_unconfirmed_submit_costs(worker: Worker, priced: Job) -> None:
    """It may have arrived, and the user gets a message that says so."""
    worker.fal.submit_answers = [500]
    doubtful = await worker.submit(priced)
    await worker.jobs.update_fields(doubtful.id, deadline=1)
    ended = await worker.look(doubtful)
    assert (ended.status, ended.cost) == (Status.FAILED, PRICE)


@pytest.mark.parametrize(
    ("error_type", "status", "cost"),
    [("content_policy_violation", 422, PRICE), ("internal_server_error", 500, 0)],
)
async def test_failure_costs_what_fal_charges(
    worker: Worker, priced: Job, error_type: str, status: int, cost: float
) -> None:
    """A 422 may be charged, a 5xx never is; a repeated webhook books nothing twice."""
    submitted = await worker.submit(priced)
    for _ in range(2):
        ended = await worker.receive_webhook(submitted, refusal(error_type, status))
        assert (ended.status, ended.cost) == (Status.FAILED, cost)
    assert await spent(worker) == cost


@pytest.mark.parametrize("runs", [False, True])
async def test_expired_job_costs_only_if_it_ran(
    worker: Worker,
    priced: Job,
    runs: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    """A job that left fal's queue never ran; one that was asked to stop may have."""
    submitted = await worker.submit(priced)
    if runs:
        worker.fal.cancel_answer = REQUESTED
    await worker.jobs.update_fields(submitted.id, deadline=1)
    ended = await worker.look(submitted)
    assert (ended.status, ended.cost) == (Status.EXPIRED, PRICE if runs else 0)


UNITS, UNIT_PRICE = 2.5, 0.003


@pytest.mark.parametrize("by_webhook", [False, True])
async def test_result_costs_what_fal_bills(
    worker: Worker,
    priced: Job,
    by_webhook: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    """The ledger is corrected from the estimate to the units of the result call, times the unit price."""
    worker.fal.bill = {"X-Fal-Billable-Units": str(UNITS)}
    submitted = await worker.submit(priced)
    if by_webhook:
        await worker.receive_webhook(submitted, DONE)
        # A webhook does not have the bill, which must not delay the result.
        assert worker.fal.asked == []
    else:
        worker.fal.status = COMPLETED
        await worker.look(submitted)
    await worker.work[Task.COLLECT](submitted.id)
    job = await worker.read(submitted)
    assert (job.units, job.cost) == (UNITS, UNITS * UNIT_PRICE)
    assert await spent(worker) == UNITS * UNIT_PRICE


@pytest.mark.parametrize("units", ["", "many", "nan", "-1", "inf"])
async def test_unreadable_bill_leaves_the_estimate(worker: Worker, priced: Job, units: str) -> None:
    """The result is not held up."""
    worker.fal.bill = {"X-Fal-Billable-Units": units}
    worker.fal.status = COMPLETED
    job = await worker.look(await worker.submit(priced))
    assert (job.status, job.units, job.cost) == (Status.COMPLETED, None, PRICE)


async def test_bill_of_another_endpoint_has_its_price(worker: Worker, priced: Job) -> None:
    """fal may bill under another endpoint id, and names it."""
    worker.fal.bill = {"X-Fal-Billable-Units": "2", "x-fal-bill-as": "fal-ai/flux/dev"}
    worker.fal.status = COMPLETED
    job = await worker.look(await worker.submit(priced))
    assert job.cost == 0.05


@pytest.mark.parametrize("by_webhook", [False, True])
async def test_refused_input_costs_its_bill(
    worker: Worker,
    priced: Job,
    by_webhook: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    """A 422 that is billed with no units costs nothing."""
    worker.fal.bill = {"X-Fal-Billable-Units": "0"}
    worker.fal.status = COMPLETED
    worker.fal.result, worker.fal.result_status = detail("content_policy_violation"), 422
    submitted = await worker.submit(priced)
    if by_webhook:
        ended = await worker.receive_webhook(submitted, refusal("content_policy_violation", 422))
    else:
        ended = await worker.look(submitted)
    assert (ended.status, ended.cost) == (Status.FAILED, 0)
    assert await spent(worker) == 0


async def test_cancelled_job_that_completed_costs_its_bill(worker: Worker, priced: Job) -> None:
    """fal may finish, and bill, a run that it was asked to stop."""
    worker.fal.cancel_answer = REQUESTED
    worker.fal.bill = {"X-Fal-Billable-Units": "1"}
    submitted = await worker.submit(priced)
    await worker.jobs.update_fields(submitted.id, cancel_requested=True)
    worker.fal.status = COMPLETED
    ended = await worker.look(submitted)
    assert (ended.status, ended.cost) == (Status.COMPLETED, UNIT_PRICE)


async def test_job_waits_for_a_slot_and_is_woken(worker: Worker, job: Job) -> None:
    """It is not posted, its card shows its position, and the end of another job at fal starts it."""
    await LimitStore(worker.redis, UNLIMITED).set(Limit.FAL_SLOTS, 1)
    first = await worker.submit(job)
    second = await order(worker, "another-update")
    assert (await worker.submit(second)).status is Status.CREATED
    waiting = await worker.look(second)
    assert (waiting.status, waiting.position) == (Status.CREATED, 0)
    assert len(worker.fal.webhook_urls) == 1
    assert 0 < await worker.next_look(second) <= 1
    await worker.receive_webhook(first, DONE)
    assert await worker.next_look(second) <= 0
    begun = await worker.submit(await worker.look(second))
    assert (begun.status, begun.position) == (Status.QUEUED, None)
