import pytest
from arq.connections import ArqRedis

from tests.clock import Clock
from worker.jobs.store import JobStore
from worker.limits.limits import Limit, Limits, LimitStore, Reason
from worker.model import Kind, Request, Status
from worker.operations.gauges import RedisGauges
from worker.queues.inbox import Inbox


@pytest.fixture
def gauges(redis: ArqRedis, clock: Clock) -> RedisGauges:
    return RedisGauges(redis, 50, clock)


async def test_empty_installation_has_zeros(gauges: RedisGauges) -> None:
    """Prometheus takes a missing value for unknown."""
    found = await gauges.read()
    assert found["darkroom_inbox_updates"] == 0
    assert found['darkroom_queue_depth{queue="img_queue"}'] == 0
    assert found['darkroom_jobs_oldest_seconds{kind="video"}'] == 0
    assert found["darkroom_team_daily_budget_dollars"] == 50


async def test_waiting_updates_are_counted_with_their_age(
    redis: ArqRedis, clock: Clock, gauges: RedisGauges
) -> None:
    """Two updates of one chat wait in its inbox, its drain in the queue."""
    for number in (1, 2):
        await Inbox(redis).enqueue(number, "7", b"{}")
    clock.now += 30
    found = await gauges.read()
    assert found["darkroom_inbox_updates"] == 2
    assert found["darkroom_inbox_chats"] == 1
    assert found["darkroom_inbox_oldest_seconds"] == 30
    assert found['darkroom_queue_depth{queue="updates"}'] == 1
    assert found['darkroom_queue_oldest_seconds{queue="updates"}'] == 30


async def test_jobs_are_counted_by_status(
    redis: ArqRedis, clock: Clock, gauges: RedisGauges
) -> None:
    """With their cost; a job that is due later does not count as due."""
    jobs = JobStore(redis, Limits(), clock)
    made = [await jobs.create(_request(), f"origin-{number}", cost=0.25) for number in range(2)]
    await jobs.move(made[0], {Status.CREATED}, Status.SUBMITTING, due=60)
    clock.now += 5
    found = await gauges.read()
    assert found['darkroom_jobs_active{kind="image",status="created"}'] == 1
    assert found['darkroom_jobs_active{kind="image",status="submitting"}'] == 1
    assert found['darkroom_jobs_oldest_seconds{kind="image"}'] == pytest.approx(5)
    assert found["darkroom_slots_held"] == 1
    assert found['darkroom_spend_today_dollars{model="fal-ai/flux/schnell"}'] == 0.5


async def test_kept_order_is_no_old_job(redis: ArqRedis, clock: Clock, gauges: RedisGauges) -> None:
    """It may wait for a month: it has its own status, and raises no alert of the oldest job."""
    jobs = JobStore(redis, Limits(user_max_jobs=1), clock)
    await jobs.create(_request(), "origin-1")
    await jobs.create(_request(), "origin-2", keep_for=Reason.USER_MAX_JOBS)
    found = await gauges.read()
    assert found['darkroom_jobs_active{kind="image",status="kept"}'] == 1
    assert found['darkroom_jobs_active{kind="image",status="created"}'] == 1
    clock.now += 5
    for job in (await jobs.page()).jobs:
        if not job.kept:
            await jobs.move(job, None, Status.CANCELLED, due=None)
    assert (await gauges.read())['darkroom_jobs_oldest_seconds{kind="image"}'] == 0


async def test_refusals_and_budgets_are_counted(redis: ArqRedis, gauges: RedisGauges) -> None:
    """By endpoint and status; an admin's limit wins over the setting."""
    await Inbox(redis).count_refusal(401)
    await LimitStore(redis, Limits()).set(Limit.TEAM_DAILY_BUDGET, 12.5)
    found = await gauges.read()
    assert found['darkroom_refusals_total{source="telegram",status="401"}'] == 1
    assert found["darkroom_team_daily_budget_dollars"] == 12.5


def _request() -> Request:
    return Request(
        kind=Kind.IMAGE,
        user_id=1,
        chat_id=1,
        message_id=1,
        language="en",
        prompt="a pear",
        model="fal-ai/flux/schnell",
    )
