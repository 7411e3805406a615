from tests.worker.generation.image_worker import Worker, order
from worker.model import Job, Status


async def test_a_damaged_job_costs_the_others_no_look(worker: Worker, job: Job) -> None:
    """Jobs that are due together are looked at, whatever one record holds; the damaged one keeps its place."""
    await worker.submit(job)
    torn = await order(worker, "another-update")
    await worker.redis.hset(f"darkroom:job:{torn.id}", "status", "?")  # type: ignore[misc]
    await worker.redis.zadd("darkroom:due:img_queue", {torn.id: 0})
    assert (await worker.look(job)).status is Status.RUNNING
    assert await worker.next_look(torn) > 0
