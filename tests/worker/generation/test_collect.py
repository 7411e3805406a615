import os
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from arq.connections import ArqRedis

from infra.settings import Settings
from tests.infra.loopback import unused_url
from tests.worker.test_jobs import request
from worker.composition import compose
from worker.job_store import JobStore
from worker.jobs import Status
from worker.limits import Limits
from worker.queue import Queue, Task

NOWHERE = unused_url()


@pytest.mark.parametrize("job_id", ["../../outside", "/outside", ".hidden", "a\\b", "a/../../b"])
async def test_an_id_that_is_a_path_leads_nowhere(
    redis: ArqRedis, valkey_url: str, tmp_path: Path, job_id: str
) -> None:
    """Even if one stood in Redis: nothing is fetched and no file is made, in media_dir or out of it."""
    settings = Settings(
        _env_file=None,
        redis_url=valkey_url,
        tg_bot_token="1:token",
        tg_api_base=NOWHERE,
        fal_queue_base_url=NOWHERE,
        fal_rest_base_url=NOWHERE,
        media_dir=tmp_path / "media",
    )
    jobs = JobStore(redis, Limits(), new_id=lambda: job_id)
    job = await jobs.create(request(), "update-1")
    urls = (f"{NOWHERE}/a.png",)
    await jobs.move(job, {Status.CREATED}, Status.COMPLETED, due=None, result_urls=urls)
    async with AsyncExitStack() as stack:
        work = compose(Queue.IMAGES, settings, redis, stack)
        with pytest.raises(ValueError, match="no storage key"):
            await work[Task.COLLECT](job_id)
    assert [file for _, _, files in os.walk(tmp_path) for file in files] == []
