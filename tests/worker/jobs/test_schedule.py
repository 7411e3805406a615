import pytest
from arq.connections import ArqRedis

from tests.clock import Clock
from tests.worker.queues.test_inbox import arq_jobs
from worker.jobs.schedule import STRAY_MS, JobSchedule
from worker.queues.names import Queue


@pytest.fixture
def due(redis: ArqRedis, clock: Clock) -> JobSchedule:
    assert clock  # the scripts' own
    return JobSchedule(redis, Queue.IMAGES, lease_seconds=30)


async def test_a_job_is_claimed_when_its_time_has_come(due: JobSchedule, clock: Clock) -> None:
    """Nobody looks early, and under a lease nobody else looks."""
    await due.schedule("a", 5)
    assert (await due.claim()).ids == ()
    clock.advance(5)
    assert (await due.claim()).ids == ("a",)
    assert (await due.claim()).ids == ()


async def test_a_claimed_job_is_due_again_when_its_claimer_died(
    due: JobSchedule, clock: Clock
) -> None:
    """The lease runs out, and the job is found."""
    await due.schedule("a")
    await due.claim()
    clock.advance(31)
    assert (await due.claim()).ids == ("a",)


async def test_the_next_look_is_written_back(due: JobSchedule, clock: Clock) -> None:
    """After the look the job is due at the time that the look gave."""
    await due.schedule("a")
    claim = await due.claim()
    await due.put_back(claim, {"a": 3})
    clock.advance(3)
    assert (await due.claim()).ids == ("a",)


async def test_a_time_that_was_moved_meanwhile_is_kept(due: JobSchedule, clock: Clock) -> None:
    """A webhook that rings during a look is not overwritten by the look's own plan."""
    await due.schedule("a")
    claim = await due.claim()
    await due.schedule("a")
    await due.put_back(claim, {"a": 60})
    assert (await due.claim()).ids == ("a",)


async def test_a_job_that_ended_meanwhile_stays_away(due: JobSchedule, clock: Clock) -> None:
    """Writing back does not bring a removed job back."""
    await due.schedule("a")
    claim = await due.claim()
    await due.remove("a")
    await due.put_back(claim, {"a": 0})
    assert (await due.claim()).ids == ()


async def test_one_run_is_planned_for_jobs_due_at_the_same_time(
    due: JobSchedule, redis: ArqRedis, clock: Clock
) -> None:
    """A thousand jobs due later cost one arq job."""
    for number in range(1000):
        await due.schedule(f"job-{number}", 5)
    assert await arq_jobs(redis, Queue.IMAGES) == [("track", ["img_queue"], clock.now + 5)]


async def test_an_earlier_time_brings_the_run_forward(
    due: JobSchedule, redis: ArqRedis, clock: Clock
) -> None:
    """Whoever is due before the planned run gets a run of its own; a later one does not."""
    await due.schedule("late", 60)
    await due.schedule("soon", 1)
    await due.schedule("later", 90)
    times = [at - clock.now for _, _, at in await arq_jobs(redis, Queue.IMAGES)]
    assert times == [1, 60]


async def test_each_run_plans_the_next(due: JobSchedule, redis: ArqRedis, clock: Clock) -> None:
    """After a claim the chain goes on at the earliest due time."""
    await due.schedule("a")
    await due.schedule("b", 7)
    await redis.delete(Queue.IMAGES)
    claim = await due.claim()
    await due.put_back(claim, {"a": 4})
    await due.plan()
    assert [at - clock.now for _, _, at in await arq_jobs(redis, Queue.IMAGES)] == [4]


async def test_who_is_late_waits_for_no_others(
    due: JobSchedule, redis: ArqRedis, clock: Clock
) -> None:
    """More are due than one run takes: the claim says so, and the next run is planned for now."""
    for name in ("a", "b", "c"):
        await due.schedule(name)
    claim = await due.claim(limit=2)
    assert (len(claim.ids), claim.is_full) == (2, True)
    await redis.delete(Queue.IMAGES)
    await due.plan()
    assert [at - clock.now for _, _, at in await arq_jobs(redis, Queue.IMAGES)] == [0]
    assert not (await due.claim(limit=2)).is_full


async def test_a_lost_plan_is_made_again(due: JobSchedule, redis: ArqRedis, clock: Clock) -> None:
    """The arq job of a planned run may vanish; the cron's plan finds the time long past and makes another."""
    await due.schedule("a", 1)
    await redis.delete(Queue.IMAGES)
    clock.advance(60)
    await due.plan()
    assert len(await arq_jobs(redis, Queue.IMAGES)) == 1


async def test_nothing_due_plans_nothing(due: JobSchedule, redis: ArqRedis) -> None:
    """An idle queue costs no arq jobs."""
    await due.plan()
    assert await arq_jobs(redis, Queue.IMAGES) == []


async def test_an_active_job_without_a_next_step_is_given_one(
    due: JobSchedule, redis: ArqRedis, clock: Clock
) -> None:
    """Whatever took it out of the due-set, and arq's keys with it, the reconciler finds it."""
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


async def test_a_forgotten_job_stays_forgotten(due: JobSchedule, clock: Clock) -> None:
    """A job that needs no further look is no stray."""
    await due.schedule("a")
    await due.remove("a")
    assert await due.reconcile() == 0
