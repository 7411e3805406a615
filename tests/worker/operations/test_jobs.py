"""`darkroom jobs`: what Redis has of a job, as an operator reads it."""

import json
import time
from pathlib import Path

from arq.connections import ArqRedis

from tests.processes import Process
from tests.worker.jobs.test_store import request
from worker.jobs.packing import Packing
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Status


def command(redis_url: str, folder: Path, *arguments: str, code: int = 0) -> str:
    """What `darkroom jobs …` prints."""
    name = f"jobs-{arguments[0]}-{len(list(folder.iterdir()))}"
    process = Process(
        name, ("-m", "infra.cli", "jobs", *arguments), {"redis_url": redis_url}, folder
    )
    assert process.start().wait() == code, process.log.read_text()
    return process.log.read_text()


async def test_record_is_shown_and_unpacked(
    redis: ArqRedis, valkey_url: str, tmp_path: Path
) -> None:
    """A packed job is printed as JSON like any other; `unpack` writes its fields for the version before."""
    jobs = JobStore(redis, Limits(), time.time)
    job = await jobs.create(request(), "1")
    await jobs.move(job, {Status.CREATED}, Status.DONE, due=None, seed="7")
    assert await Packing(redis).pack([job.id]) == 1
    shown = json.loads(command(valkey_url, tmp_path, "show", job.id))
    assert (shown["id"], shown["status"], shown["seed"]) == (job.id, "done", "7")
    assert shown["request"]["prompt"] == job.request.prompt
    assert "unpacked 1 records" in command(valkey_url, tmp_path, "unpack")
    assert await redis.hget(f"darkroom:job:{job.id}", "seed") == b"7"  # type: ignore[misc]  # redis-py's types
    assert json.loads(command(valkey_url, tmp_path, "show", job.id)) == shown


async def test_missing_and_damaged_records_are_named(
    redis: ArqRedis, valkey_url: str, tmp_path: Path
) -> None:
    """The exit code is 1, and no word of the user is printed."""
    job = await JobStore(redis, Limits(), time.time).create(request(), "1")
    await redis.hset(f"darkroom:job:{job.id}", "status", "?")  # type: ignore[misc]  # redis-py's types
    said = command(valkey_url, tmp_path, "show", job.id, code=1)
    assert f"{job.id}: its record is damaged: status" in said
    assert job.request.prompt not in said
    assert "no job has this id" in command(valkey_url, tmp_path, "show", "nothing", code=1)
