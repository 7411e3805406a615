"""Find and delete the data of one user: jobs with files, settings, dialog state and profile."""

import asyncio
import json
import math
import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from arq.connections import ArqRedis

from infra.errors import DarkroomError
from infra.fal.stored_data import RECORDING_SECONDS
from infra.storage.store import Storage
from worker.jobs.cancellation import request_cancellation
from worker.jobs.fal_copies import fal_copies
from worker.jobs.migrations import move_renamed_keys
from worker.jobs.record import DamagedJob
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.model import Job
from worker.queues.inbox import inline_inbox
from worker.users.erase.keys import (
    COMPARISONS,
    SHARED_SETS,
    SHARED_SORTED_SETS,
    TRANSCRIPTS,
    UserKeys,
)

_PAGE = 100
_BATCH = 500
_TIMEOUT_SECONDS = 60.0


class JobsStillActive(DarkroomError):  # noqa: N818 - the name says what was found
    """The user has active jobs: they may be paid for, and their workers would write the records again."""


@dataclass(frozen=True)
class PersonalData:
    """A user's data."""

    jobs: Sequence[Job | DamagedJob]
    keys: Sequence[str]

    @property
    def files(self) -> list[str]:
        """Storage keys in the order of their deletion."""
        return [*dict.fromkeys(key for job in self.jobs for key in job.stored_keys)]

    def at_fal(self, now: float) -> str:
        """Say what remains at fal, and until when."""
        copies = [fal_copies(job, now) for job in self.jobs if isinstance(job, Job)]
        # Redis does not say when the last recording was sent, so this is the latest possible time.
        has_spoken = any(key.startswith(TRANSCRIPTS) for key in self.keys)
        recordings = now + RECORDING_SECONDS if has_spoken else 0
        files = max((recordings, *(each.files for each in copies)))
        requests = max((each.request for each in copies), default=0)
        return f"at fal: files {_until(files)}, requests {_until(requests)}"

    def __str__(self) -> str:
        kinds = Counter(":".join(key.split(":")[:2]) for key in self.keys)
        counted = ", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items()))
        keys = f"{len(self.keys)} Redis keys ({counted})" if counted else "0 Redis keys"
        return f"{len(self.jobs)} jobs, {len(self.files)} files, {keys}"


def _until(seconds: float) -> str:
    if seconds == math.inf:
        return "for ever"
    return f"until {datetime.fromtimestamp(seconds, UTC).date()}" if seconds else "none"


class UserEraser:
    """Find, count and delete one user's data. After an interruption the next run deletes the rest."""

    def __init__(self, redis: ArqRedis, storage: Storage, jobs: JobStore, user_id: int) -> None:
        self._redis = redis
        self._storage = storage
        self._jobs = jobs
        self._user_id = user_id

    async def find(self) -> PersonalData:
        await move_renamed_keys(self._redis)
        page = await self._jobs.page(user_id=self._user_id, limit=_PAGE)
        jobs = [*page.records]
        while page.cursor is not None:
            page = await self._jobs.page(user_id=self._user_id, cursor=page.cursor, limit=_PAGE)
            jobs += page.records
        user_keys = UserKeys(self._user_id, [job.id for job in jobs])
        return PersonalData(jobs, await user_keys.keys(self._redis))

    async def cancel(self, timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
        """Cancel active jobs and wait (seconds) for their end. Raises JobsStillActive when they do not end in time."""
        for job in await self._active():
            await request_cancellation(self._jobs, job)
        deadline = self._jobs.clock() + timeout_seconds
        while await self._active():
            if self._jobs.clock() > deadline:
                raise JobsStillActive(
                    f"Jobs have not ended in {timeout_seconds:g} s: check that the workers run, then try again."
                )
            await asyncio.sleep(0.2)

    async def delete(self, found: PersonalData) -> None:
        """Delete files first, because records name them. Raises JobsStillActive, StorageError."""
        if active := await self._active():
            raise JobsStillActive(
                f"Active jobs: {len(active)}. Wait until they end, or add --cancel."
            )
        for key in found.files:
            await self._storage.delete(key)
        job_ids = [job.id for job in found.jobs]
        await self._anonymize_charges(job_ids)
        await self._anonymize_reconciliations(frozenset(job_ids))
        for job in found.jobs:
            if isinstance(job, DamagedJob):
                await self._jobs.delete_damaged(job, self._user_id)
            else:
                await self._jobs.delete(job)
        await self._remove_from_shared_keys(found)
        for start in range(0, len(found.keys), _BATCH):
            await self._redis.delete(*found.keys[start : start + _BATCH])

    async def _active(self) -> list[Job]:
        in_flight = await Ledger(self._redis).in_flight(self._user_id)
        kept = await self._jobs.kept_ids(self._user_id)
        return await self._jobs.get_many([*in_flight, *kept])

    async def _anonymize_charges(self, job_ids: Sequence[str]) -> None:
        """Keep what was counted, to compare it with fal's bills, under fal's request id in place of the job's."""
        async for day in self._redis.scan_iter("darkroom:charges:*", count=_BATCH):
            for start in range(0, len(job_ids), _BATCH):
                batch = job_ids[start : start + _BATCH]
                async with self._redis.pipeline(transaction=False) as pipe:
                    pipe.hmget(day, [*batch])
                    charges: list[bytes | None] = (await pipe.execute())[0]
                async with self._redis.pipeline(transaction=True) as pipe:
                    for job_id, charge in zip(batch, charges, strict=True):
                        if charge:
                            stored = charge.decode()
                            request_id = stored.rpartition(" ")[2] or secrets.token_hex(8)
                            pipe.hset(day, request_id, stored)
                            pipe.hdel(day, job_id)
                    await pipe.execute()

    async def _anonymize_reconciliations(self, job_ids: Collection[str]) -> None:
        """Keep what a comparison with fal's bills found, without the ids of these jobs."""
        async for day in self._redis.scan_iter("darkroom:reconciliation:*", count=_BATCH):
            stored: bytes | None = await self._redis.get(day)
            made = json.loads(stored) if stored else {}
            named = [each for each in made.get("differences", ()) if each["job_id"] in job_ids]
            for difference in named:
                difference["job_id"] = None
            if named:
                await self._redis.set(day, json.dumps(made), xx=True, keepttl=True)

    async def _remove_from_shared_keys(self, found: PersonalData) -> None:
        """Remove the user from keys that users share, their sums from each day of the ledger, their name from votes."""
        user = str(self._user_id)
        days = [key async for key in self._redis.scan_iter("darkroom:ledger:*", count=_BATCH)]
        compared = [key async for key in self._redis.scan_iter(f"{COMPARISONS}*", count=_BATCH)]
        async with self._redis.pipeline(transaction=False) as pipe:
            for comparison in compared:
                pipe.hget(comparison, "owner")
            owners = await pipe.execute()
        dead_letters = [key.rpartition(":")[2] for key in found.keys if ":dead-letters:" in key]
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in SHARED_SETS:
                pipe.srem(name, user)
            for name in SHARED_SORTED_SETS:
                pipe.zrem(name, user, inline_inbox(self._user_id))
            if dead_letters:
                pipe.zrem("darkroom:dead-letters", *dead_letters)
            pipe.hdel("darkroom:served", user)
            for day in days:
                pipe.hdel(day, *(f"{what}:person:{user}" for what in ("jobs", "spent", "helper")))
            for comparison, owner in zip(compared, owners, strict=True):
                if owner == user.encode():
                    pipe.delete(comparison)
                else:
                    pipe.hdel(comparison, f"vote:{user}")
            await pipe.execute()
