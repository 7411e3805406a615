"""Job store in Redis, with guarded steps between statuses.

A step names the statuses that the job may leave; the script refuses the second of two steps, so poll, webhook,
cancellation, deadline and reconciler may run concurrently. Status, fields, next poll and next arq job change at once.
"""

import json
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import Any, Literal

from arq.connections import ArqRedis
from loguru import logger

from infra.fal.tasks import TaskId
from infra.observability.metrics import Meter
from infra.observability.request_id import current_request_id
from infra.redis.script import Value
from worker.jobs import scripts
from worker.jobs.indexes import children_key, smallest_index_key
from worker.jobs.message_index import SentMessages
from worker.jobs.packing import Packing
from worker.jobs.record import DamagedJob, decode_job, encode, stored_name, stored_status
from worker.jobs.telemetry import JobSteps
from worker.limits.ledger import day
from worker.limits.limits import Limits, OrderRefused, Reason
from worker.model import (
    TERMINAL,
    UNPOSTED,
    Job,
    Kept,
    Kind,
    Problem,
    Request,
    SetPlace,
    SetPurpose,
    Status,
    new_job_id,
)
from worker.queues.names import Clock, Task, definition

#: An order that the user may not have meant waits so long before its first step.
UNDO_SECONDS = 3


@dataclass(frozen=True)
class Page:
    """Records, newest first; `cursor` (a job id) requests the next page, None ends the list."""

    records: tuple[Job | DamagedJob, ...]
    cursor: str | None

    @property
    def jobs(self) -> list[Job]:
        return [record for record in self.records if isinstance(record, Job)]

    @property
    def damaged(self) -> list[DamagedJob]:
        return [record for record in self.records if isinstance(record, DamagedJob)]


@dataclass(frozen=True)
class NoLaterThan:
    """A next poll in `seconds`, unless an earlier one is scheduled."""

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
        self._packing = Packing(redis)

    async def create(
        self,
        request: Request,
        origin: str,
        first_poll: float = 15,
        *,
        cost: float = 0,
        keep_for: Reason | None = None,
    ) -> Job:
        """Store a job and enqueue its first step; a repeated `origin` returns the job that it created first.

        The first poll is in `first_poll` seconds. `cost` (dollars) is the estimate. The first step of an undoable order
        waits for UNDO_SECONDS. Raises OrderRefused when a limit is reached. With `keep_for`, why it was refused before,
        it is kept then until the limits accept it (`Job.kept`); OrderRefused means that too many orders are kept.
        """
        alone = request.model_copy(update={"job_set": None})
        job = self._new(self._new_id(), alone, cost, self.clock())
        (job,) = await self._create([job], origin, first_poll, keep_for)
        return job

    async def create_crop(self, request: Request, key: str, origin: str, deadline: float) -> Job:
        """Store a job that crops the stored file `key` before the deadline; like `create`."""
        job = self._new(self._new_id(), request, 0, self.clock())
        known = {"status": Status.COMPLETED, "result_urls": (key,), "deadline": deadline}
        (made,) = await self._create([job.model_copy(update=known)], origin, first_poll=15)
        return made

    async def create_set(
        self,
        orders: Sequence[tuple[Request, float]],
        origin: str,
        purpose: SetPurpose,
        first_poll: float = 15,
        *,
        keep_for: Reason | None = None,
    ) -> list[Job]:
        """Store jobs of one kind and one user together, each with its cost, or none of them; like `create`.

        A repeated `origin` returns the jobs of its set that still exist.
        """
        ids = sorted(self._new_id() for _ in orders)
        # One time: all jobs of a set count for one day.
        now, new = self.clock(), []
        for place, (job_id, (request, cost)) in enumerate(zip(ids, orders, strict=True)):
            where = SetPlace(id=ids[0], place=place, size=len(ids), purpose=purpose)
            placed = request.model_copy(update={"job_set": where})
            new.append(self._new(job_id, placed, cost, now))
        return await self._create(new, origin, first_poll, keep_for)

    async def _create(
        self,
        jobs: Sequence[Job],
        origin: str,
        first_poll: float,
        keep_for: Reason | None = None,
    ) -> list[Job]:
        first = jobs[0]
        answer = await scripts.create_jobs(
            self._redis,
            origin=f"darkroom:origin:{origin}",
            job_set=f"darkroom:job-set:{first.id}",
            queue=first.queue,
            user_id=str(first.request.user_id),
            kind=first.request.kind,
            day=day(first.created_at),
            first_poll_ms=_ms(first_poll),
            hold_ms=_ms(UNDO_SECONDS if first.request.undoable else 0),
            track=definition(Task.TRACK, first.queue),
            limits=self._limits.dumps(),
            kept=_kept_fields(keep_for, jobs) if keep_for else "",
            source=first.request.source or "",
            orders=[part for job in jobs for part in _order(job)],
        )
        if isinstance(answer, list):
            raise OrderRefused.parse(*answer)
        known = answer.decode().split()
        if known != [job.id for job in jobs]:
            return await self.get_many(known) or list(jobs)
        for job in jobs:
            self._steps.begin(job)
        return await self.get_many(known) if keep_for else list(jobs)

    async def kept_ids(self, user_id: int) -> list[str]:
        """Return the ids of a user's kept orders, oldest first; the jobs of a set each by itself."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.zrange(f"darkroom:kept-orders:{user_id}", 0, -1)
            found: list[bytes] = (await pipe.execute())[0]
        return [entry.decode().partition(" ")[0] for entry in found]

    async def start_kept(
        self, user_id: int, orders: Sequence[Sequence[tuple[Job, float]]], first_poll: float = 15
    ) -> list[OrderRefused | None]:
        """Start those kept orders of a user, each one job or a set with its costs, that the limits accept now.

        Return for each why it still waits; None if it has started, now or before, or has ended. It counts for today.
        """
        now, parts = self.clock(), list[Value]()
        for order in orders:
            parts.append(len(order))
            for job, cost in order:
                step = _new_step()
                changes = {"created_at": now, "updated_at": now, "cost": cost, "step": step}
                fields = _fields(changes | {"kept": None, "problem": None})
                task, track = job.next_task, definition(Task.TRACK, job.queue)
                parts += [job.id, job.queue, track, job.request.model, cost, task]
                parts += [definition(task, job.id, str(step)), len(fields), *fields]
        outcomes = await scripts.start_kept_orders(
            self._redis,
            user_id=str(user_id),
            day=day(now),
            first_poll_ms=_ms(first_poll),
            limits=self._limits.dumps(),
            orders=parts,
        )
        return [OrderRefused.parse(*each) if isinstance(each, list) else None for each in outcomes]

    async def reprice(
        self,
        job: Job,
        cost: float,
        expected: Collection[Status] = UNPOSTED,
        **changes: Any,
    ) -> bool:
        """Change the expected cost (dollars) of a job in one of these statuses, and other fields with it.

        False if it is in another one. Raises OrderRefused if a budget does not allow the increase; the other fields
        are stored.
        """
        answer = await self._change(
            job.id,
            partial(
                scripts.reprice_job,
                self._redis,
                job=_key(job.id),
                user_id=str(job.request.user_id),
                model=job.request.model,
                day=day(job.created_at),
                cost=encode(cost),
                expected=_stored_statuses(expected),
                limits=self._limits.dumps(),
                fields=_fields(changes),
            ),
        )
        if isinstance(answer, list):
            raise OrderRefused.parse(*answer)
        return bool(answer)

    def _new(self, job_id: str, request: Request, cost: float, now: float) -> Job:
        return Job(
            id=job_id,
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
        """Return the job unless a later step was taken than `step`, with which the task was enqueued.

        Tasks of an earlier version have no step number.
        """
        job = await self.get(job_id)
        return job if job and step in ("", str(job.step)) else None

    async def get_many(self, job_ids: Sequence[str]) -> list[Job]:
        """Return several jobs in one round trip, without those that are gone or damaged."""
        return [record for record in await self._read(job_ids) if isinstance(record, Job)]

    async def get_damaged(self, job_id: str, user_id: int | None = None) -> DamagedJob | None:
        """Return a job whose record is damaged, if it belongs to this user (None: to anyone)."""
        records = await self._read([job_id])
        damaged = next((record for record in records if isinstance(record, DamagedJob)), None)
        index = smallest_index_key(user_id, ())
        return damaged if damaged and await self._redis.zscore(index, job_id) is not None else None

    async def _read(self, job_ids: Sequence[str]) -> list[Job | DamagedJob]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for job_id in job_ids:
                pipe.hgetall(_key(job_id))
            answers = zip(job_ids, await pipe.execute(), strict=True)
        return [await self._decode(job_id, stored) for job_id, stored in answers if stored]

    async def _decode(self, job_id: str, stored: Mapping[bytes, bytes]) -> Job | DamagedJob:
        record = decode_job(job_id, stored)
        if isinstance(record, DamagedJob):
            await self._report_damaged(record)
        return record

    async def _report_damaged(self, record: DamagedJob) -> None:
        """Add the job to the dead letters. It stays scheduled: a newer version may be able to read it."""
        if await scripts.report_damaged(
            self._redis,
            dead_letters="darkroom:dead-letters",
            dead_letter=f"darkroom:dead-letters:{record.id}",
            job_id=record.id,
            reason=record.reason,
        ):
            logger.error(
                "job became a dead letter: {}: {}; see `darkroom dead-letters list`",
                record.id,
                record.reason,
            )

    async def move(
        self,
        job: Job,
        expected: Collection[Status] | None,
        to: Status | None = None,
        *,
        due: float | NoLaterThan | Literal["unchanged"] | None,
        then: Task | None = None,
        **changes: Any,
    ) -> bool:
        """Take a step if the job is still in one of the `expected` statuses; False if another step came first.

        A step that records fal's task is refused if another job has that task.

        With None expected the step is taken only if no other one was taken since the job was read.

        A job that has to wait for a slot (worker/limits/slots.py) is not started: False too, and it is woken later.

        `due` schedules the next poll in seconds (None: no more polls; unchanged: as scheduled now), `then` is an arq
        job to enqueue with the step.
        """
        return await self._take(job, expected, to, due, then, changes) is not None

    async def end(
        self,
        job: Job,
        expected: Collection[Status],
        to: Status,
        *,
        due: float,
        **changes: Any,
    ) -> Job | None:
        """Take a step like `move`; return the job as it is then, None if the step was not taken."""
        taken = await self._take(job, expected, to, due, None, changes, read=True)
        ended = await self._decode(job.id, taken[1]) if taken else None
        return ended if isinstance(ended, Job) else None

    async def begin(
        self,
        job: Job,
        expected: Collection[Status],
        to: Status,
        *,
        lease_seconds: float,
        **changes: Any,
    ) -> int | None:
        """Take a step like `move` and lease the job; return the lease's end, None if the step was not taken.

        The end is in milliseconds of Redis' clock (worker/generation/lease.py renews it).
        """
        taken = await self._take(job, expected, to, lease_seconds, None, changes)
        return int(float(taken[0] or 0)) if taken else None

    async def _take(  # noqa: PLR0913, PLR0917 - the parts of a step
        self,
        job: Job,
        expected: Collection[Status] | None,
        to: Status | None,
        due: float | NoLaterThan | str | None,
        then: Task | None,
        changes: Mapping[str, Any],
        *,
        read: bool = False,
    ) -> tuple[bytes, dict[bytes, bytes]] | None:
        """Take a step; return the time of the next poll and, to `read`, the record; None if the step was not taken."""
        now, step, task = self.clock(), _new_step(), changes.get("task")
        stored = stored_status(to) if to else None
        fields = {**changes, "step": step, "updated_at": now}
        fields |= {"status": stored} if stored else {}
        statuses = expected or {job.status}
        taken = await self._change(
            job.id,
            partial(
                scripts.move_job,
                self._redis,
                job=_key(job.id),
                due=f"darkroom:due:{job.queue}",
                job_id=job.id,
                queue=job.queue,
                user_id=str(job.request.user_id),
                model=job.request.model,
                day=day(job.created_at),
                expected=_stored_statuses(statuses),
                seen_step="*" if expected else str(job.step or ""),
                step=str(step),
                to=stored or "",
                wait=_wait(due),
                at_latest=isinstance(due, NoLaterThan),
                task=then or "",
                definition=definition(then, job.id, str(step)) if then else b"",
                track=definition(Task.TRACK, job.queue),
                fal_slots=self._limits.fal_slots,
                request_id=TaskId.loads(task).request_id if task else "",
                read=read,
                fields=_fields(fields),
            ),
        )
        if not taken:
            return None
        before, since, poll_at, record = taken
        if to:
            self._record_step(job, (before, since), to, now, changes.get("failure"))
        return poll_at, dict(batched(record, 2))

    def _record_step(
        self, job: Job, taken: tuple[bytes, bytes], to: Status, now: float, failure: str | None
    ) -> None:
        before, since = taken
        # Unknown if the script was retried because its first reply was lost.
        if before:
            seconds, left = max(0.0, now - float(since or now)), Status(before.decode())
            if stored_status(job.status) is left:
                left = job.status
            self._steps.take(job, left, to, seconds)
        if failure and to in TERMINAL:
            self._steps.fail(job, failure)

    async def _change(self, job_id: str, script: Callable[[], Awaitable[Any]]) -> Any:
        """Run a script that changes a job; a packed record is unpacked first."""
        # A second time only if a pass has packed it in between.
        while (answer := await script()) == scripts.PACKED.encode():
            await self._packing.unpack([job_id])
        return answer

    async def update_fields(
        self, job_id: str, sent: SentMessages | None = None, /, **changes: Any
    ) -> bool:
        """Update fields that no status depends on, such as the job's message; return whether the job is active.

        `sent` are messages that were sent about the job: add them to the index, too.
        """
        update = partial(
            scripts.update_job_fields,
            self._redis,
            job=_key(job_id),
            chat_id=str(sent.chat_id) if sent else "",
            messages=sent.dumps() if sent else "",
            method=sent.method if sent else "",
            answered_at=str(self.clock()),
            fields=_fields(changes),
        )
        status: bytes | None = await self._change(job_id, update)
        return status is not None and status.decode() not in TERMINAL

    async def set_favourite(self, job: Job, *, wanted: bool) -> bool:
        """Add the job to its user's favourites or remove it; False if the job is gone."""
        change = partial(
            scripts.set_favourite,
            self._redis,
            job=_key(job.id),
            job_id=job.id,
            user_id=str(job.request.user_id),
            wanted=wanted,
        )
        return bool(await self._change(job.id, change))

    async def delete(self, job: Job) -> bool:
        """Delete an ended job; False if it is active. A missing job is not an error."""
        ended = f" {' '.join(sorted(TERMINAL))} "
        request = job.request
        return await self._delete(job.id, request.kind, request.user_id, ended, request.line)

    async def delete_damaged(self, record: DamagedJob, user_id: int) -> None:
        """Delete a damaged record; the kind and status of its job are unknown."""
        for kind in Kind:
            await self._delete(record.id, kind, user_id, "*")

    async def _delete(
        self, job_id: str, kind: Kind, user_id: int, ended: str, ancestors: Sequence[str] = ()
    ) -> bool:
        deleted = await scripts.delete_job(
            self._redis,
            job=_key(job_id),
            webhook=f"darkroom:fal-webhook:{job_id}",
            due=f"darkroom:due:{kind.queue}",
            active=f"darkroom:active:{kind.queue}",
            inquiries=f"darkroom:inquiries:{kind.queue}",
            children=children_key(job_id),
            job_id=job_id,
            user_id=str(user_id),
            kind=kind,
            ended=ended,
            ancestors=[*reversed(ancestors)],
        )
        return bool(deleted)

    async def page(
        self,
        *,
        user_id: int | None = None,
        statuses: Collection[Status] = (),
        cursor: str | None = None,
        limit: int = 20,
    ) -> Page:
        """List jobs, newest first. A page continues after an id, so new jobs do not shift it.

        `statuses` are searched job by job; frequent searches of users have an index (worker/jobs/indexes.py).
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
        """Yield the job now, at each step and at each heartbeat (seconds), until it has ended."""
        async with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.subscribe(f"darkroom:events:{job_id}")
            while job := await self.get(job_id):
                yield job
                if job.status in TERMINAL:
                    return
                await subscription.get_message(timeout=heartbeat)


def _order(job: Job) -> list[Value]:
    """Return the part of `create_jobs` about a job."""
    fields = _fields(job.model_dump(exclude_defaults=True, by_alias=True))
    first = definition(job.next_task, job.id, str(job.step))
    task, cost = job.next_task, job.cost or 0
    return [job.id, job.request.model, cost, task, first, len(fields), *fields]


def _kept_fields(reason: Reason, jobs: Sequence[Job]) -> str:
    """Return what a kept job has besides its order, as a JSON list of field names and values."""
    first = jobs[0]
    kept = Kept(reason=reason, since=first.created_at, price=sum(job.cost or 0 for job in jobs))
    # A worker of the version before knows no kept orders: it waits for the next try, which never comes.
    later = Problem(
        kind="kept", since=kept.since, again_at=kept.since + 2 * scripts.KEPT_SET_SECONDS
    )
    return json.dumps(_fields({"kept": kept, "kept_at": kept.since, "problem": later}))


def _key(job_id: str) -> str:
    return f"darkroom:job:{job_id}"


def _stored_statuses(statuses: Collection[Status]) -> str:
    """Return the statuses between blanks, also as the version before stores them."""
    return f" {' '.join(sorted({*statuses, *map(stored_status, statuses)}))} "


def _new_step() -> int:
    return secrets.randbits(53)


def _ms(seconds: float) -> int:
    return int(seconds * 1000)


def _wait(due: float | NoLaterThan | str | None) -> str:
    if isinstance(due, NoLaterThan):
        due = due.seconds
    return str(_ms(due)) if isinstance(due, float | int) else due or ""


def _fields(values: dict[str, Any]) -> list[str]:
    """Flatten into field, value, …"""
    return [
        part for name, value in values.items() for part in (stored_name(Job, name), encode(value))
    ]
