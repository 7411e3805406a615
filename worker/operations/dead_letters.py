"""Dead-letter queue: updates and jobs that failed for good, with the reason, until an operator retries them.

darkroom dead-letters list
darkroom dead-letters retry u17 0t70tdvz3114s59n
darkroom dead-letters retry all
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, Self

import click
from arq.connections import ArqRedis

from infra.bot_settings import read_bot
from infra.cli import CONTEXT, finish
from infra.redis.client import connect
from infra.redis.clock import RedisClock
from infra.redis.script import Key, lua_script
from infra.settings import Settings
from worker.jobs.migrations import move_renamed_keys
from worker.jobs.record import stored_status
from worker.jobs.store import JobStore
from worker.limits.limits import Limits, OrderRefused
from worker.model import UNPOSTED, Job, Status
from worker.queues.names import Task, definition

# A step that was running starts again.
_BEGINNINGS = {
    Status.PREPARING: Status.CREATED,
    Status.COLLECTING: Status.COMPLETED,
    Status.DELIVERING: Status.COLLECTED,
}

_ENDED = frozenset({Status.FAILED, Status.DONE})
_LIST = "darkroom:dead-letters"
_FIELDS = ["reason", "chat", "status", "cost", "damaged"]


@lua_script
async def retry_update(
    redis: ArqRedis, *, dead_letter: Key, dead_letters: Key, letter_id: str, drain: bytes
) -> Any:
    """Append the update of a dead letter to its chat's inbox: 0 if it was retried before."""


@dataclass(frozen=True)
class DeadLetter:
    """An update (with its chat) or a job (with its last status). `since` is seconds since the epoch.

    `is_damaged`: the job's record cannot be parsed; the job continues by itself as soon as it can be.

    `cost` (dollars) is the job's estimate, which a retry restores: a job that failed before its submit costs nothing.
    """

    id: str
    since: float
    reason: str
    chat: str | None = None
    status: Status | None = None
    cost: float | None = None
    is_damaged: bool = False

    @classmethod
    def parse(cls, name: str, since: float, fields: Sequence[bytes | None]) -> Self:
        """Parse the fields that Redis has for it, in the order of _FIELDS."""
        reason, chat, status, cost, damaged = (
            field.decode() if field else None for field in fields
        )
        return cls(
            name,
            since,
            reason or "",
            chat,
            Status(status) if status else None,
            float(cost) if cost else None,
            is_damaged=damaged is not None,
        )

    def __str__(self) -> str:
        is_job = self.status or self.is_damaged
        what = f"job, {self.status or 'unreadable'}" if is_job else f"update of chat {self.chat}"
        return f"{self.id}  {datetime.fromtimestamp(self.since, UTC):%F %T}  {what}: {self.reason}"


class DeadLetterStore:
    """The inbox's script adds updates, the job store's adds damaged jobs, `add_dead_letter` adds other jobs."""

    def __init__(self, redis: ArqRedis, jobs: JobStore) -> None:
        self._redis = redis
        self._jobs = jobs

    async def add_dead_letter(self, job: Job, reason: str) -> None:
        """Add a job with its status; the caller ends the job."""
        fields = {
            "reason": reason,
            "status": stored_status(job.status).value,
            "cost": job.cost or 0,
        }
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(dead_letter_key(job.id), mapping=fields)
            pipe.zadd(_LIST, {job.id: int(self._jobs.clock() * 1000)})
            await pipe.execute()

    async def count(self) -> int:
        await move_renamed_keys(self._redis)
        return int(await self._redis.zcard(_LIST))

    async def get_all(self) -> list[DeadLetter]:
        """Return all dead letters, oldest first, without the users' texts."""
        await move_renamed_keys(self._redis)
        ids = await self._redis.zrange(_LIST, 0, -1, withscores=True)
        async with self._redis.pipeline(transaction=False) as pipe:
            for name, _ in ids:
                pipe.hmget(dead_letter_key(name.decode()), _FIELDS)
            found = await pipe.execute()
        return [
            DeadLetter.parse(name.decode(), score / 1000, fields)
            for (name, score), fields in zip(ids, found, strict=True)
        ]

    async def retry(self, dead_letter: DeadLetter) -> bool:
        """Retry an update or a job as if for the first time.

        False if it was retried before, the job has ended otherwise, or its record is still damaged. Raises
        OrderRefused if a budget has no room for a job that was not submitted.
        """
        if dead_letter.is_damaged:
            if await self._jobs.get_damaged(dead_letter.id):
                return False
            await self._remove(dead_letter.id)
            return True
        if dead_letter.status:
            return await self._retry_job(dead_letter.id, dead_letter.status, dead_letter.cost)
        retried = await retry_update(
            self._redis,
            dead_letter=dead_letter_key(dead_letter.id),
            dead_letters=_LIST,
            letter_id=dead_letter.id,
            drain=definition(Task.DRAIN, dead_letter.chat or ""),
        )
        return bool(retried)

    async def _retry_job(self, job_id: str, status: Status, cost: float | None) -> bool:
        job, begins = await self._jobs.get(job_id), _BEGINNINGS.get(status, status)
        moved = False
        if job:
            # A job that ended before its submit has released what it had reserved; fal may have billed any other since.
            if begins in UNPOSTED:
                await self._jobs.reprice(job, job.cost or 0 if cost is None else cost, _ENDED)
            moved = await self._jobs.move(
                job,
                _ENDED,
                begins,
                due=0,
                tries=0,
                failure=None,
                detail=None,
                undelivered=None,
                finished_at=None,
            )
        await self._remove(job_id)
        return moved

    async def _remove(self, job_id: str) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(dead_letter_key(job_id))
            pipe.zrem(_LIST, job_id)
            await pipe.execute()


def dead_letter_key(name: str) -> str:
    return f"{_LIST}:{name}"


async def run(dead_letters: DeadLetterStore, ids: Sequence[str] | None) -> int:
    """List all dead letters, or retry those with these ids (`all`: each one); return the exit code."""
    found = {dead_letter.id: dead_letter for dead_letter in await dead_letters.get_all()}
    if ids is None:
        click.echo("\n".join([*map(str, found.values()), f"dead letters: {len(found)}"]))
        return 0
    wanted = list(found) if list(ids) == ["all"] else ids
    unknown, is_refused = [name for name in wanted if name not in found], False
    for name in unknown:
        click.echo(f"{name}: no dead letter has this id; see `darkroom dead-letters list`")
    for name in wanted:
        if name in found:
            dead_letter = found[name]
            refusal = "still damaged" if dead_letter.is_damaged else "retried or ended already"
            try:
                outcome = "retried" if await dead_letters.retry(dead_letter) else refusal
            except OrderRefused as refused:
                outcome = f"{refused}: raise the budget in /admin, then retry"
                is_refused = True
            click.echo(f"{name}: {outcome}")
    return 1 if unknown or is_refused else 0


async def _main(settings: Settings, ids: Sequence[str] | None) -> int:
    redis = connect(settings.redis_url, retries=2)
    clock = RedisClock(redis)
    try:
        await clock.measure()
        return await run(DeadLetterStore(redis, JobStore(redis, Limits.of(settings), clock)), ids)
    finally:
        await redis.aclose(close_connection_pool=True)


@click.group(context_settings=CONTEXT)
def dead_letters() -> None:
    """List and retry updates and jobs that failed for good."""


@dead_letters.command("list")
def list_command() -> NoReturn:
    """List dead letters with their reasons, oldest first, without the users' texts."""
    finish(_main(read_bot(), None))


@dead_letters.command("retry")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def retry_command(ids: Sequence[str]) -> NoReturn:
    """Retry the dead letters with these ids, or `all`, after their cause was corrected."""
    finish(_main(read_bot(), ids))


if __name__ == "__main__":
    dead_letters()
