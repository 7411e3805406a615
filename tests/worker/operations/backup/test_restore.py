import asyncio
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
from arq.connections import ArqRedis

from infra.errors import DarkroomError, StorageError
from infra.storage.store import Storage
from tests.processes import ROOT
from tests.terminal import DARKROOM, run_on_terminal, run_without_terminal
from tests.worker.jobs.test_store import request
from worker.jobs.migrations import Backfill
from worker.jobs.packing import Packing
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import File, Job, Status
from worker.operations.backup.backup import create, verify
from worker.operations.backup.redis_dump import DumpError
from worker.operations.backup.restore import NotEmpty, restore
from worker.queues.inbox import Inbox
from worker.queues.names import Queue


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage.open(tmp_path / "media", None)


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def quietly(_: str) -> None:
    """Discard the output."""


async def order(redis: ArqRedis, *path: Status) -> Job:
    """Create a job in this status."""
    jobs = JobStore(redis, Limits(), time.time)
    job = await jobs.create(request(), origin="-".join(path) or "created")
    for status in path:
        due = None if status is Status.DONE else 60
        assert await jobs.move(job, {job.status}, status, due=due)
        job = job.model_copy(update={"status": status})
    return job


async def _job_with_file(redis: ArqRedis, storage: Storage, scratch: Path) -> str:
    """Return the key of the file of a done job."""
    key = "images/2026/11/23/one-1.png"
    (scratch / "picture").write_bytes(b"a picture")
    await storage.save(scratch / "picture", key)
    job = await order(redis, Status.SUBMITTING, Status.QUEUED, Status.COMPLETED, Status.DONE)
    kept = File(key=key, content_type="image/png", size=9, width=1, height=1)
    await JobStore(redis, Limits(), time.time).update_fields(job.id, files=[kept.model_dump()])
    return key


async def status_of(redis: ArqRedis, job: Job) -> Status:
    found = await JobStore(redis, Limits(), time.time).get(job.id)
    assert found
    return found.status


async def test_possibly_posted_jobs_become_unconfirmed(
    redis: ArqRedis, storage: Storage, backups: Path
) -> None:
    """Jobs at fal are polled on, ended ones stay ended; every active job has its next poll now."""
    created = await order(redis)
    submitting = await order(redis, Status.SUBMITTING)
    queued = await order(redis, Status.SUBMITTING, Status.QUEUED)
    done = await order(redis, Status.SUBMITTING, Status.QUEUED, Status.COMPLETED, Status.DONE)
    backup = await create(redis, storage, backups, quietly)
    await redis.flushall()
    await restore(redis, storage, backup, quietly)
    assert await status_of(redis, created) == Status.UNCONFIRMED
    assert await status_of(redis, submitting) == Status.UNCONFIRMED
    assert await status_of(redis, queued) == Status.QUEUED
    assert await status_of(redis, done) == Status.DONE
    due = await redis.zrangebyscore(
        "darkroom:due:img_queue", "-inf", JobStore(redis, Limits(), time.time).clock() * 1000
    )
    assert {job_id.decode() for job_id in due} == {created.id, submitting.id, queued.id}


async def test_waiting_updates_are_not_restored(
    redis: ArqRedis, storage: Storage, backups: Path
) -> None:
    """They may have been handled and would order again; arq's jobs and leases are left out, too."""
    await Inbox(redis).enqueue(1, "7", b"{}")
    await redis.set("darkroom:lease:7", "somebody")
    await order(redis)
    backup = await create(redis, storage, backups, quietly)
    await redis.flushall()
    await restore(redis, storage, backup, quietly)
    assert not await redis.exists("darkroom:inbox:7", "darkroom:chats", "darkroom:lease:7")
    assert await redis.zcard(Queue.UPDATES) == 0
    assert {name.partition(b":")[0] for name in await redis.zrange(Queue.IMAGES, 0, -1)} == {
        b"track"
    }


async def test_backup_of_a_stopped_service_restores_everything(
    redis: ArqRedis, storage: Storage, backups: Path
) -> None:
    """A move to another machine: nothing has happened since, so nothing is uncertain and nothing is left out."""
    await Inbox(redis).enqueue(1, "7", b"{}")
    created = await order(redis)
    backup = await create(redis, storage, backups, quietly)
    await redis.flushall()
    await restore(redis, storage, backup, quietly, at_rest=True)
    assert await status_of(redis, created) == Status.CREATED
    assert await Inbox(redis).take("7", "a-token") == b"{}"
    assert await redis.zcard(Queue.UPDATES) == 1


async def test_files_are_stored_once_and_restored(
    redis: ArqRedis, storage: Storage, backups: Path, tmp_path: Path
) -> None:
    """A second backup adds new files; a restore does not touch a file that still exists."""
    key = await _job_with_file(redis, storage, tmp_path)
    said: list[str] = []
    backup = await create(redis, storage, backups, said.append)
    assert "1 new files" in said
    await redis.flushall()
    await storage.delete(key)
    await verify(backup, quietly)
    await restore(redis, storage, backup, said.append)
    assert b"".join([piece async for piece in storage.read(key)]) == b"a picture"
    (backups / "media" / key).write_bytes(b"another one")
    with pytest.raises(StorageError, match="damaged"):
        await verify(backup, quietly)


async def test_damaged_job_is_backed_up_with_its_files(
    redis: ArqRedis, storage: Storage, backups: Path, tmp_path: Path
) -> None:
    """An unreadable record stops neither a backup nor a restore, and is not lost."""
    key = "inputs/2026/11/23/one-1.png"
    (tmp_path / "picture").write_bytes(b"a picture")
    await storage.save(tmp_path / "picture", key)
    torn, queued = await order(redis), await order(redis, Status.SUBMITTING, Status.QUEUED)
    await JobStore(redis, Limits(), time.time).update_fields(torn.id, input_keys=[key])
    await redis.hset(f"darkroom:job:{torn.id}", "status", "?")  # type: ignore[misc]
    backup = await create(redis, storage, backups, quietly)
    await redis.flushall()
    await storage.delete(key)
    await restore(redis, storage, backup, quietly)
    assert await status_of(redis, queued) == Status.QUEUED
    assert b"".join([piece async for piece in storage.read(key)]) == b"a picture"
    await redis.hset(f"darkroom:job:{torn.id}", "status", "created")  # type: ignore[misc]
    assert await status_of(redis, torn) == Status.CREATED


async def test_packed_job_is_restored_with_its_files(
    redis: ArqRedis, storage: Storage, backups: Path, tmp_path: Path
) -> None:
    """The backup has the record as it is and the files that it names, and every index has the job again."""
    job_key = await _job_with_file(redis, storage, tmp_path)
    jobs = JobStore(redis, Limits(), time.time)
    [job] = (await jobs.page()).jobs
    assert await Packing(redis).pack([job.id]) == 1
    before = await jobs.get(job.id)
    backup = await create(redis, storage, backups, quietly)
    await redis.flushall()
    await storage.delete(job_key)
    await restore(redis, storage, backup, quietly)
    await Backfill(redis).run()
    assert await jobs.get(job.id) == before
    assert b"".join([piece async for piece in storage.read(job_key)]) == b"a picture"
    for name in ("", f":{job.request.user_id}", f":{job.request.user_id}:{job.request.kind}"):
        assert await redis.zscore(f"darkroom:jobs{name}", job.id) is not None


async def test_restore_needs_an_empty_installation(
    redis: ArqRedis, storage: Storage, backups: Path
) -> None:
    """It refuses a used installation, and a folder without a backup, with the next step."""
    await order(redis)
    backup = await create(redis, storage, backups, quietly)
    with pytest.raises(NotEmpty, match="flushdb"):
        await restore(redis, storage, backup, quietly)
    await redis.flushall()
    with pytest.raises(DarkroomError, match=r"manifest\.json"):
        await restore(redis, storage, backups, quietly)


async def test_backup_is_readable_only_by_its_owner(
    redis: ArqRedis, storage: Storage, backups: Path
) -> None:
    """It contains prompts."""
    await order(redis)
    backup = await create(redis, storage, backups, quietly)
    assert [folder.stat().st_mode & 0o777 for folder in (backup, backups / "media")] == [0o700] * 2


async def test_backup_inside_the_storage_is_refused(
    redis: ArqRedis, storage: Storage, tmp_path: Path
) -> None:
    """Backup and restore never mix their files with the live ones."""
    await order(redis)
    with pytest.raises(StorageError, match="another folder"):
        await create(redis, storage, tmp_path, quietly)
    elsewhere = Storage.open(tmp_path / "elsewhere", None)
    backup = await create(redis, elsewhere, tmp_path, quietly)
    await redis.flushall()
    with pytest.raises(StorageError, match="another folder"):
        await restore(redis, storage, backup, quietly)
    assert not await redis.dbsize()


async def test_second_backup_within_a_second_is_refused(
    redis: ArqRedis, storage: Storage, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup is named by its second: the refusal names the first one."""
    now = datetime(2026, 11, 29, tzinfo=UTC)
    monkeypatch.setattr(
        "worker.operations.backup.backup.datetime", Mock(now=Mock(return_value=now))
    )
    first = await create(redis, storage, backups, quietly)
    with pytest.raises(DumpError, match=first.name):
        await create(redis, storage, backups, quietly)
    await verify(first, quietly)


@pytest.mark.slow
@pytest.mark.parametrize("is_terminal", [True, False])
async def test_progress_bars_only_on_a_terminal(
    redis: ArqRedis, valkey_url: str, storage: Storage, backups: Path, *, is_terminal: bool
) -> None:
    """A bar for keys and one for files, each to its end; without a terminal only the result is printed."""
    await _job_with_file(redis, storage, backups.parent)
    await order(redis, Status.SUBMITTING)

    async def type_command(*words: str) -> str:
        environment = {
            "PYTHONPATH": str(ROOT),
            "redis_url": valkey_url,
            "media_dir": str(backups.parent / "media"),
        }
        run = run_on_terminal if is_terminal else run_without_terminal
        command = (DARKROOM, *words)
        code, said = await asyncio.to_thread(run, command, environment, backups.parent)
        assert code == 0, said
        return said

    made = await type_command("backup", "create", str(backups))
    named = re.search(r"made: (\S+)", made)
    assert named
    backup = Path(named[1])
    compared = await type_command("backup", "verify", str(backup))
    await redis.flushall()
    restored = await type_command("restore", str(backup))
    for said, labels in (
        (made, ("Redis", "Files of jobs")),
        (compared, ("Files",)),
        (restored, ("Redis", "Files of jobs")),
    ):
        for label in labels:
            ended = re.search(rf"{label}  \[#+\]  (\d+)/\1  100%", said)
            assert bool(ended) is is_terminal, said
        assert ("[#" in said) is is_terminal
    assert backup.parent == backups
    assert "1 files match their checksums" in compared
    assert "restored: start the service" in restored
