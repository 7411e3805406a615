"""Restore of a backup without paying for anything twice.

A backup lacks everything that was done after it. Jobs and waiting updates that were not posted to fal before it may
have been posted after it: such jobs wait for fal's webhook, like after a submit without an answer, and such updates
are left out. Jobs that fal had already are polled and delivered, perhaps a second time.
"""

import re
from pathlib import Path

from arq.connections import ArqRedis

from infra.cli import progress
from infra.errors import DarkroomError
from infra.redis.clock import RedisClock
from infra.storage.store import Storage
from worker.jobs.record import DamagedJob
from worker.jobs.schedule import JobSchedule
from worker.jobs.store import JobStore
from worker.limits.limits import UNLIMITED
from worker.model import ACTIVE, TERMINAL, UNPOSTED, Status
from worker.operations.backup.backup import (
    Manifest,
    Say,
    check_apart,
    check_dump,
    each_record_shown,
    every_record,
    media_of,
)
from worker.operations.backup.redis_dump import load

# Leases and locks of processes that no longer exist.
_OF_PROCESSES = re.compile(
    rb"arq:in-progress:.*|.*:health-check|darkroom:(lease|card|edited|wake|wake-list|bell|pressed):.*"
    rb"|darkroom:(poller|webhook:lock|bot)"
)
# Updates and tasks that waited.
_WAITING = re.compile(
    rb"arq:.*|updates|img_queue|vid_queue|darkroom:(inbox|tries|postponed):.*|darkroom:chats"
)
_JOB = b"darkroom:job:"
_PERHAPS_POSTED_SINCE = UNPOSTED | {Status.SUBMITTING}


class NotEmpty(DarkroomError):  # noqa: N818 - the name says what was found
    """The Redis to restore into is not empty."""


async def restore(
    redis: ArqRedis, storage: Storage, folder: Path, say: Say, *, at_rest: bool = False
) -> None:
    """Restore a backup into an empty Redis and into the storage, while the service is stopped.

    `at_rest`: the service has not run since the backup, so all work continues. Raises NotEmpty, DumpError,
    StorageError.
    """
    if await redis.dbsize():
        raise NotEmpty(
            "Redis is not empty: stop the service, and restore into an empty one"
            " (`redis-cli flushdb` deletes all keys)."
        )
    check_dump(folder)
    await check_apart(storage, folder.parent)
    say(f"{await restore_keys(redis, folder, at_rest=at_rest)} keys of Redis")
    doubtful = await wake_jobs(redis, at_rest=at_rest)
    say(f"{doubtful} jobs may have been posted since: they wait for fal's webhook")
    media, given_back = media_of(folder), 0
    async for record in each_record_shown(redis):
        for key in record.stored_keys:
            given_back += await media.give_back(storage, key)
    say(f"{given_back} files")


async def restore_keys(redis: ArqRedis, folder: Path, *, at_rest: bool) -> int:
    def wanted(key: bytes) -> bool:
        advance(1)
        return not _OF_PROCESSES.fullmatch(key) and (at_rest or not _WAITING.fullmatch(key))

    number = 0
    with progress("Redis", Manifest.read(folder).keys) as advance:
        async for keys in load(redis, folder / "redis.gz", wanted):
            if ids := {key.removeprefix(_JOB): 0 for key in keys if key.startswith(_JOB)}:
                await redis.zadd("darkroom:jobs", ids)
            number += len(keys)
    # Keys were read at different times, so the workers index every job again.
    await redis.delete("darkroom:backfilled")
    return number


async def wake_jobs(redis: ArqRedis, *, at_rest: bool) -> int:
    """Schedule a poll of every active job; return how many are in doubt."""
    clock, doubtful = RedisClock(redis), 0
    await clock.measure()
    jobs = JobStore(redis, UNLIMITED, clock)  # no job is started here, so no limit applies
    async for job in every_record(jobs):
        if isinstance(job, DamagedJob) or job.status in TERMINAL:
            continue
        if at_rest or job.status not in _PERHAPS_POSTED_SINCE:
            await JobSchedule(redis, job.queue).schedule(job.id)
            continue
        doubtful += 1
        deadline = job.deadline or jobs.clock()
        await jobs.move(
            job, ACTIVE, Status.UNCONFIRMED, due=0, deadline=deadline, cancel_requested=False
        )
    return doubtful
