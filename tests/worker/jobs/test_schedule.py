import pytest
from arq.connections import ArqRedis

from infra.redis.paging import PAGE
from tests.clock import Clock
from tests.worker.queues.test_inbox import arq_jobs
from worker.jobs.schedule import STRAY_MS, JobSchedule
from worker.queues.names import Queue


@pytest.fixture
def due(redis: ArqRedis, clock: Clock) -> JobSchedule:
    assert clock  # the scripts' own
    return JobSchedule(redis, Queue.IMAGES, lease_seconds=30)


async def test_job_is_claimed_when_it_is_due(due: JobSchedule, clock: Clock) -> None:
    """It is not claimed earlier, and only once during its lease."""
    await due.schedule("a", 5)
    assert (await due.claim()).ids == ()
    clock.advance(5)
    assert (await due.claim()).ids == ("a",)
    assert (await due.claim()).ids == ()


async def test_expired_lease_makes_the_job_due_again(due: JobSchedule, clock: Clock) -> None:
    """The claimer's death costs only the lease's time."""
    await due.schedule("a")
    await due.claim()
    clock.advance(31)
    assert (await due.claim()).ids == ("a",)


async def test_next_poll_is_written_back(due: JobSchedule, clock: Clock) -> None:
    """After the poll the job is due at the returned time."""
    await due.schedule("a")
    claim = await due.claim()
    await due.put_back(claim, {"a": 3})
    clock.advance(3)
    assert (await due.claim()).ids == ("a",)


async def test_concurrent_reschedule_wins_over_the_write_back(
    due: JobSchedule, clock: Clock
) -> None:
    """A webhook that reschedules during a poll is not overwritten by the poll's own time."""
    await due.schedule("a")
    claim = await due.claim()
    await due.schedule("a")
    await due.put_back(claim, {"a": 60})
    assert (await due.claim()).ids == ("a",)


async def test_write_back_does_not_restore_an_ended_job(due: JobSchedule, clock: Clock) -> None:
    """A removed job stays removed."""
    await due.schedule("a")
    claim = await due.claim()
    await due.remove("a")
    await due.put_back(claim, {"a": 0})
    assert (await due.claim()).ids == ()


async def test_jobs_due_together_share_one_run(
    due: JobSchedule, redis: ArqRedis, clock: Clock
) -> None:
    """A thousand jobs due later cost one arq job."""
    for number in range(1000):
        await due.schedule(f"job-{number}", 5)
    assert await arq_jobs(redis, Queue.IMAGES) == [("track", ["img_queue"], clock.now + 5)]


async def test_earlier_job_gets_an_earlier_run(
    due: JobSchedule, redis: ArqRedis, clock: Clock
) -> None:
    """A job due before the planned run gets a run of its own; a later one does not."""
    await due.schedule("late", 60)
    await due.schedule("soon", 1)
    await due.schedule("later", 90)
    times = [at - clock.now for _, _, at in await arq_jobs(redis, Queue.IMAGES)]
    assert times == [1, 60]


async def test_claim_plans_the_next_run(due: JobSchedule, redis: ArqRedis, clock: Clock) -> None:
    """The next run is at the earliest due time."""
    await due.schedule("a")
    await due.schedule("b", 7)
    await redis.delete(Queue.IMAGES)
    claim = await due.claim()
    await due.put_back(claim, {"a": 4})
    await due.plan()
    assert [at - clock.now for _, _, at in await arq_jobs(redis, Queue.IMAGES)] == [4]


async def test_overdue_jobs_beyond_a_batch_run_now(
    due: JobSchedule, redis: ArqRedis, clock: Clock
) -> None:
    """If more are due than one run takes, the claim says so, and the next run is planned for now."""
    for name in ("a", "b", "c"):
        await due.schedule(name)
    claim = await due.claim(limit=2)
    assert (len(claim.ids), claim.is_full) == (2, True)
    await redis.delete(Queue.IMAGES)
    await due.plan()
    assert [at - clock.now for _, _, at in await arq_jobs(redis, Queue.IMAGES)] == [0]
    assert not (await due.claim(limit=2)).is_full


async def test_lost_run_is_planned_again(due: JobSchedule, redis: ArqRedis, clock: Clock) -> None:
    """The arq job of a planned run may vanish; the cron finds its time long past and plans another."""
    await due.schedule("a", 1)
    await redis.delete(Queue.IMAGES)
    clock.advance(60)
    await due.plan()
    assert len(await arq_jobs(redis, Queue.IMAGES)) == 1


async def test_empty_schedule_plans_no_run(due: JobSchedule, redis: ArqRedis) -> None:
    """An idle queue costs no arq jobs."""
    await due.plan()
    assert await arq_jobs(redis, Queue.IMAGES) == []


async def test_reconciler_schedules_a_lost_job(
    due: JobSchedule, redis: ArqRedis, clock: Clock
) -> None:
    """It finds an active job that is missing in the schedule, even if arq's keys are lost, too."""
    await due.schedule("stray", 5)
    await due.schedule("followed", 5)
    await redis.zrem("darkroom:due:img_queue", "stray")
    await redis.delete(Queue.IMAGES)
    assert await due.reconcile() == 1
    assert await due.reconcile() == 0
    clock.advance(STRAY_MS / 1000)
    await due.plan()
    assert set((await due.claim()).ids) == {"stray", "followed"}
    assert [name for name, _, _ in await arq_jobs(redis, Queue.IMAGES)] == ["track"]


async def test_reconciler_checks_every_job_of_a_large_schedule(
    due: JobSchedule, redis: ArqRedis
) -> None:
    """It goes through the jobs in pages, so that no script occupies Redis for long."""
    ids = [f"job-{number}" for number in range(3 * PAGE)]
    await redis.sadd("darkroom:active:img_queue", *ids)  # type: ignore[misc]  # of redis-py
    await redis.config_resetstat()
    assert await due.reconcile() == len(ids)
    assert await due.reconcile() == 0
    calls = (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"]
    assert calls >= 2 * 3


async def test_reconciler_ignores_ended_jobs(due: JobSchedule, clock: Clock) -> None:
    """A job that needs no further poll is not scheduled."""
    await due.schedule("a")
    await due.remove("a")
    assert await due.reconcile() == 0
