import time
from pathlib import Path

from arq.connections import ArqRedis

from infra.storage.store import Storage
from tests.worker.jobs.test_store import request
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.users.erase.eraser import UserEraser


async def test_damaged_job_is_erased(redis: ArqRedis, tmp_path: Path) -> None:
    """Its record, its entries in every index, and the files that its readable part names."""
    storage = Storage.open(tmp_path / "media", None)
    key = "inputs/2026/11/23/one-1.png"
    (tmp_path / "picture").write_bytes(b"a picture")
    await storage.save(tmp_path / "picture", key)
    jobs = JobStore(redis, Limits(), time.time)
    torn, others = await jobs.create(request(), "1"), await jobs.create(request(7), "2")
    await jobs.update_fields(torn.id, inputs=[key])
    await redis.hset(f"darkroom:job:{torn.id}", "status", "?")  # type: ignore[misc]
    eraser = UserEraser(redis, storage, jobs, torn.request.user_id)
    await eraser.delete(await eraser.find())
    left = [name async for name in redis.scan_iter() if torn.id in name.decode()]
    assert left == []
    for index in ("darkroom:jobs", "darkroom:due:img_queue", "darkroom:dead-letters"):
        assert await redis.zscore(index, torn.id) is None
    assert not await redis.sismember("darkroom:active:img_queue", torn.id)  # type: ignore[misc]
    assert not (tmp_path / "media" / key).exists()
    assert await jobs.get(others.id) == others
