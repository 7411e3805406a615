"""Jobs in Redis, and the guarded steps between their statuses.

Whoever moves a job names the statuses that it may leave; the script refuses everybody who comes second, so poll,
webhook, cancel, deadline and reconciler may meet. Status, fields, next look and next arq job change in one step.
"""

import secrets
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from arq.connections import ArqRedis
from loguru import logger

from infra.observability.metrics import Meter
from infra.observability.request_id import current_request_id
from infra.redis.client import Script
from worker.jobs.indexes import smallest_index_key
from worker.jobs.record import DamagedJob, decode_job, encode
from worker.jobs.scripts import CREATE, DELETE, FAVOUR, MOVE, NOTE, REPORT
from worker.jobs.telemetry import JobSteps
from worker.limits.ledger import day
from worker.limits.limits import Limits, OrderRefused
from worker.model import TERMINAL, Job, Kind, Request, Status, new_job_id
from worker.queues.names import Clock, Task, definition


@dataclass(frozen=True)
class Page:
    """Newest first; `cursor` (a job id) leads to the page after, None ends the list."""

    records: tuple[Job | DamagedJob, ...]
    cursor: str | None

    @property
    def jobs(self) -> list[Job]:
        return [record for record in self.records if isinstance(record, Job)]

    @property
    def damaged(self) -> list[DamagedJob]:
        return [record for record in self.records if isinstance(record, DamagedJob)]


@dataclass(frozen=True)
class AtLatest:
    """A next look in so many seconds, unless one is planned before."""

    seconds: float


class JobStore:
    """Jobs in Redis: one hash each, and the sorted sets that page through them by id."""

    def __init__(
        self,
        redis: ArqRedis,
        limits: Limits,
        clock: Clock,
        new_id: Callable[[], str] | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._redis = redis
        self.clock = clock
        self._new_id = new_id or partial(new_job_id, clock)
        self._limits = limits
        self._steps = JobSteps(meter or Meter())
        self._create = Script(redis, CREATE)
        self._move = Script(redis, MOVE)
        self._update_fields = Script(redis, NOTE)
        self._favour = Script(redis, FAVOUR)
        self._delete = Script(redis, DELETE)
        self._report = Script(redis, REPORT)

    async def create(
        self, request: Request, origin: str, first_poll: float = 15, *, cost: float = 0
    ) -> Job:
        """Store a job and enqueue its submit; the same `origin` gives the job that it made before.

        `first_poll` seconds from now the due-set asks what became of it. `cost` (dollars) is what it is expected to
        come to. Raises OrderRefused when a limit is reached.
        """
        job, limits = self._new(request, cost), self._limits
        answer = await self._create(
            job.id,
            origin,
            job.queue,
            request.user_id,
            _ms(first_poll),
            definition(Task.SUBMIT, job.id, str(job.step)),
            definition(Task.TRACK, job.queue),
            day(job.created_at),
            request.model,
            cost,
            limits.person_max_jobs,
            limits.person_daily_budget,
            limits.team_daily_budget,
            request.kind,
            *_fields(job.model_dump(exclude_defaults=True, by_alias=True)),
        )
        if isinstance(answer, list):
            raise OrderRefused.parse(*answer)
        known: str = answer.decode()
        if known != job.id:
            return await self.get(known) or job
        self._steps.begin(job)
        return job

    def _new(self, request: Request, cost: float) -> Job:
        now = self.clock()
        return Job(
            id=self._new_id(),
            request=request,
            status=Status.CREATED,
            created_at=now,
            updated_at=now,
            step=_new_step(),
            request_id=current_request_id(),
            cost=cost,
        )

    async def get(self, job_id: str) -> Job | None:
        jobs = await self.get_many([job_id])
        return jobs[0] if jobs else None

    async def get_at(self, job_id: str, step: str) -> Job | None:
        """The job, unless a step was taken since `step`: the task that it was enqueued with comes too late then.

        A task without a number was enqueued by an earlier version, which bound none.
        """
        job = await self.get(job_id)
        return job if job and step in ("", str(job.step)) else None

    async def get_many(self, job_ids: Sequence[str]) -> list[Job]:
        """Read several jobs in one round trip, leaving out those that are gone or damaged."""
        return [record for record in await self._read(job_ids) if isinstance(record, Job)]

    async def get_damaged(self, job_id: str, user_id: int | None = None) -> DamagedJob | None:
        """What can be said of a job whose record cannot be read, if it is this person's (None: anybody's)."""
        records = await self._read([job_id])
        damaged = next((record for record in records if isinstance(record, DamagedJob)), None)
        index = smallest_index_key(user_id, ())
        return damaged if damaged and await self._redis.zscore(index, job_id) is not None else None

    async def _read(self, job_ids: Sequence[str]) -> list[Job | DamagedJob]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for job_id in job_ids:
                pipe.hgetall(_key(job_id))
            answers = zip(job_ids, await pipe.execute(), strict=True)
        records = [decode_job(job_id, stored) for job_id, stored in answers if stored]
        for record in records:
            if isinstance(record, DamagedJob):
                await self._report_damaged(record)
        return records

    async def _report_damaged(self, record: DamagedJob) -> None:
        """List it with what was set aside. It keeps its schedule: a newer version may be able to read it."""
        if await self._report(record.id, record.reason):
            logger.error(
                "job {}: {}; `darkroom dead-letters list` shows it", record.id, record.reason
            )

    async def move(
        self,
        job: Job,
        expected: Collection[Status] | None,
        to: Status | None = None,
        *,
        due: float | AtLatest | Literal["unchanged"] | None,
        then: Task | None = None,
        **changes: Any,
    ) -> bool:
        """Take a step if the job still stands in one of the `expected` statuses; False: somebody else was first.

        With None expected it is taken only if no step at all was taken since the job was read.

        A job that has to wait for a slot (worker/limits/slots.py) is not begun: False as well, and it is woken later.

        `due` is in how many seconds it is looked at next (None: it needs no more; unchanged: whoever set it meanwhile
        is right), `then` an arq job to enqueue with the step.
        """
        return await self._take(job, expected, to, due, then, changes) is not None

    async def begin(
        self,
        job: Job,
        expected: Collection[Status],
        to: Status,
        *,
        lease_seconds: float,
        **changes: Any,
    ) -> int | None:
        """Take a step to work that others leave alone meanwhile: a `move`; the lease's end, None if it was not taken.

        The end is in milliseconds of Redis' clock (worker/generation/lease.py renews it).
        """
        lease = await self._take(job, expected, to, lease_seconds, None, changes)
        return None if lease is None else int(float(lease or 0))

    async def _take(  # noqa: PLR0913, PLR0917 - what a step is made of
        self,
        job: Job,
        expected: Collection[Status] | None,
        to: Status | None,
        due: float | AtLatest | str | None,
        then: Task | None,
        changes: Mapping[str, Any],
    ) -> bytes | None:
        """Take a step; when the job is looked at next, None if it was not taken."""
        now, step = self.clock(), _new_step()
        fields = {**changes, "updated_at": now} | ({"status": to} if to else {})
        taken = await self._move(
            job.id,
            f" {' '.join(sorted(expected or {job.status}))} ",
            job.queue,
            _wait(due),
            then or "",
            definition(then, job.id, str(step)) if then else "",
            definition(Task.TRACK, job.queue),
            step,
            "*" if expected else job.step or "",
            to or "",
            day(job.created_at),
            job.request.user_id,
            job.request.model,
            self._limits.fal_slots,
            encode(isinstance(due, AtLatest)),
            *_fields(fields),
        )
        if not taken:
            return None
        before, since, look = taken
        if to:
            self._note_step(job, (before, since), to, now, changes.get("failure"))
        return bytes(look)

    def _note_step(
        self, job: Job, taken: tuple[bytes, bytes], to: Status, now: float, failure: str | None
    ) -> None:
        before, since = taken
        # A step that was taken the first time, its answer lost, does not know any more.
        if before:
            seconds = max(0.0, now - float(since or now))
            self._steps.take(job, Status(before.decode()), to, seconds)
        if failure and to in TERMINAL:
            self._steps.fail(job, failure)

    async def update_fields(self, job_id: str, **changes: Any) -> None:
        """Write down what no status depends on: which message shows the job, and what it shows."""
        await self._update_fields(job_id, *_fields(changes))

    async def set_favourite(self, job: Job, *, wanted: bool) -> bool:
        """Put it among its author's favourites, or take it out; False: it is gone."""
        return bool(await self._favour(job.id, job.request.user_id, encode(wanted)))

    async def delete(self, job: Job) -> bool:
        """Forget an ended job; False: it has not ended. Deleting what is already gone is not an error."""
        request = job.request
        ended = f" {' '.join(sorted(TERMINAL))} "
        return bool(await self._delete(job.id, job.queue, request.user_id, request.kind, ended))

    async def delete_damaged(self, record: DamagedJob, user_id: int) -> None:
        """Forget a record that cannot be read, of whatever kind and status the job was."""
        for kind in Kind:
            await self._delete(record.id, kind.queue, user_id, kind, "*")

    async def page(
        self,
        *,
        user_id: int | None = None,
        statuses: Collection[Status] = (),
        cursor: str | None = None,
        limit: int = 20,
    ) -> Page:
        """List jobs, newest first, stable while new ones come in: a page continues behind an id.

        Statuses are looked for among the jobs; what a person often looks for has a shelf (worker/jobs/indexes.py).
        """
        index = smallest_index_key(user_id, statuses)
        found: list[Job | DamagedJob] = []
        while len(found) <= limit:
            start = f"({cursor}" if cursor else "+"
            ids = await self._redis.zrevrangebylex(index, start, "-", 0, limit + 1)
            if not ids:
                break
            names = [job_id.decode() for job_id in ids]
            found += [
                record
                for record in await self._read(names)
                if not statuses or (isinstance(record, Job) and record.status in statuses)
            ]
            cursor = names[-1]
        page = tuple(found[:limit])
        return Page(page, page[-1].id if len(found) > limit else None)

    async def watch(self, job_id: str, heartbeat: float = 15) -> AsyncGenerator[Job]:
        """Yield the job as it stands, again at each step and at each heartbeat (seconds), until it has ended."""
        async with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.subscribe(f"darkroom:events:{job_id}")
            while job := await self.get(job_id):
                yield job
                if job.status in TERMINAL:
                    return
                await subscription.get_message(timeout=heartbeat)


def _key(job_id: str) -> str:
    return f"darkroom:job:{job_id}"


def _new_step() -> int:
    return secrets.randbits(53)


def _ms(seconds: float) -> int:
    return int(seconds * 1000)


def _wait(due: float | AtLatest | str | None) -> int | str:
    if isinstance(due, AtLatest):
        due = due.seconds
    return _ms(due) if isinstance(due, float | int) else due or ""


def _fields(values: dict[str, Any]) -> list[str]:
    """Flatten into field, value, …"""
    return [part for name, value in values.items() for part in (name, encode(value))]
