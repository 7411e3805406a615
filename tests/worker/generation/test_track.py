from tests.worker.generation.image_worker import Worker, order
from worker.model import Job, Status


async def test_damaged_job_does_not_block_polls_of_others(worker: Worker, job: Job) -> None:
    """All jobs that are due together are polled; the damaged one keeps its place in the schedule."""
    await worker.submit(job)
    torn = await order(worker, "another-update")
    await worker.redis.hset(f"darkroom:job:{torn.id}", "status", "?")  # type: ignore[misc]
    await worker.redis.zadd("darkroom:due:img_queue", {torn.id: 0})
    assert (await worker.look(job)).status is Status.RUNNING
    assert await worker.next_look(torn) > 0
