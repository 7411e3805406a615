import pytest

from tests.worker.generation.image_worker import Worker, order
from worker.jobs.schedule import Claim, JobSchedule
from worker.model import Job, Status


async def test_damaged_job_does_not_block_polls_of_others(worker: Worker, job: Job) -> None:
    """All jobs that are due together are polled; the damaged one keeps its place in the schedule."""
    await worker.submit(job)
    torn = await order(worker, "another-update")
    await worker.redis.hset(f"darkroom:job:{torn.id}", "status", "?")  # type: ignore[misc]
    await worker.redis.zadd("darkroom:due:img_queue", {torn.id: 0})
    assert (await worker.look(job)).status is Status.RUNNING
    assert await worker.next_look(torn) > 0


async def test_step_that_begins_during_a_poll_has_not_crashed(
    worker: Worker, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that another run takes between the claim and the read stays with that run, until its lease expires."""
    running = await worker.submit(job)
    claim = JobSchedule.claim

    async def claim_before_a_step(schedule: JobSchedule, limit: int = 100) -> Claim:
        claimed = await claim(schedule, limit)
        await worker.jobs.begin(running, {running.status}, Status.COLLECTING, lease_seconds=15)
        return claimed

    with monkeypatch.context() as race:
        race.setattr(JobSchedule, "claim", claim_before_a_step)
        begun = await worker.look(running)
    assert (begun.status, begun.tries) == (Status.COLLECTING, 0)
    assert await worker.next_look(job) > 10
    assert (await worker.look(job)).tries == 1
