"""Jobs in Redis, and the guarded steps between their statuses.

Whoever moves a job names the statuses that it may leave; the script refuses everybody who comes second, so poll,
webhook, cancel, deadline and reconciler may meet. Status, fields, next look and next arq job change in one step.
"""

import json
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from arq.connections import ArqRedis
from pydantic import TypeAdapter

from infra.redis import Script
from worker.jobs import TERMINAL, Job, Request, Status, new_job_id
from worker.ledger import LEDGER, day
from worker.limits import UNLIMITED, Limits, OrderRefused
from worker.queue import ENQUEUE, SCHEDULE, Clock, Task, definition
from worker.shelves import SHELVES, index_key
from worker.turns import TURNS


@dataclass(frozen=True)
class Page:
    """Newest first; `cursor` (a job id) leads to the page after, None ends the list."""

    jobs: tuple[Job, ...]
    cursor: str | None


_STRUCTURED = TypeAdapter[Any](Any)
# A repeated hand-over of the same update finds the job that the first one made.
ORIGIN_SECONDS = 48 * 3600

# A job that was deleted is not found again by its origin.
_CREATE = f"""{ENQUEUE}{SCHEDULE}{LEDGER}{SHELVES}
local id, origin, queue, person = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local now, due, submit, track = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], ARGV[8]
local known = redis.call('GET', 'darkroom:origin:' .. origin)
if known and redis.call('EXISTS', 'darkroom:job:' .. known) == 1 then return known end
local day, model, cost = ARGV[9], ARGV[10], ARGV[11]
local refusal = admit(day, person, cost, ARGV[12], ARGV[13], ARGV[14])
if refusal then return refusal end
book(id, day, person, model, cost)
redis.call('SET', 'darkroom:origin:' .. origin, id, 'EX', {ORIGIN_SECONDS})
redis.call('HSET', 'darkroom:job:' .. id, unpack(ARGV, 16))
shelve(id, person, ARGV[15])
schedule(queue, id, due, track, now)
enqueue(queue, 'submit', submit, now)
return id
"""

# redis-py runs a script again when its answer was lost: a step that finds its own number was taken the first time.
_MOVE = f"""{ENQUEUE}{SCHEDULE}{LEDGER}{TURNS}{SHELVES}
local id, expected, queue, due = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local now, task, body, track, step = tonumber(ARGV[5]), ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local seen, to, day, person, model, slots = ARGV[10], ARGV[11], ARGV[12], ARGV[13], ARGV[14], ARGV[15]
local key = 'darkroom:job:' .. id
local last = redis.call('HGET', key, 'step') or ''
if last == step then return 1 end
if seen ~= '*' and seen ~= last then return 0 end
local status = redis.call('HGET', key, 'status')
if not status or not string.find(expected, ' ' .. status .. ' ', 1, true) then return 0 end
slots = limit('fal_slots', slots)
local begins = status == '{Status.CREATED}' and (to == '{Status.PREPARING}' or to == '{Status.SUBMITTING}')
if begins and not take_turn(queue, id, person, slots, track, now) then return 0 end
local cost = redis.call('HGET', key, 'cost')
redis.call('HSET', key, 'step', step, unpack(ARGV, 16))
rebook(id, day, person, model, cost, status)
reshelve(id, person, status, redis.call('HGET', key, 'status'))
if to ~= '' then pass_turn(queue, id, person, slots, to, now) end
if due == '' then
  forget(queue, id)
elseif due ~= 'unchanged' then
  schedule(queue, id, tonumber(due), track, now)
end
if task ~= '' then enqueue(queue, task, body, now) end
redis.call('PUBLISH', 'darkroom:events:' .. id, redis.call('HGET', key, 'status'))
return 1
"""

# Fields of a job that is gone would make a torn record.
_NOTE = """
local key = 'darkroom:job:' .. ARGV[1]
if redis.call('EXISTS', key) == 1 then redis.call('HSET', key, unpack(ARGV, 2)) end
"""

_FAVOUR = f"""{SHELVES}
local id, person, wanted = ARGV[1], ARGV[2], ARGV[3]
local key = 'darkroom:job:' .. id
if redis.call('EXISTS', key) == 0 then return 0 end
redis.call('HSET', key, 'favourite', wanted)
favour(id, person, wanted == 'true')
return 1
"""

# One that has not ended may be paid for, and whoever works on it would not find it.
_DELETE = f"""{ENQUEUE}{SCHEDULE}{SHELVES}
local id, queue, person, kind, ended = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local key = 'darkroom:job:' .. id
local status = redis.call('HGET', key, 'status')
if status and not string.find(ended, ' ' .. status .. ' ', 1, true) then return 0 end
redis.call('DEL', key, 'darkroom:fal-webhook:' .. id)
unshelve(id, person, kind)
forget(queue, id)
return 1
"""


class JobStore:
    """Jobs in Redis: one hash each, and the sorted sets that page through them by id."""

    def __init__(
        self,
        redis: ArqRedis,
        clock: Clock = time.time,
        new_id: Callable[[], str] = new_job_id,
        limits: Limits = UNLIMITED,
    ) -> None:
        self._redis = redis
        self.clock = clock
        self._new_id = new_id
        self._limits = limits
        self._create = Script(redis, _CREATE)
        self._move = Script(redis, _MOVE)
        self._note = Script(redis, _NOTE)
        self._favour = Script(redis, _FAVOUR)
        self._delete = Script(redis, _DELETE)

    async def create(
        self, request: Request, origin: str, first_look: float = 15, *, cost: float = 0
    ) -> Job:
        """Store a job and enqueue its submit; the same `origin` gives the job that it made before.

        `first_look` seconds from now the due-set asks what became of it. `cost` (dollars) is what it is expected to
        come to. Raises OrderRefused when a limit is reached.
        """
        now = self.clock()
        job = Job(
            id=self._new_id(),
            request=request,
            status=Status.CREATED,
            created_at=now,
            updated_at=now,
            step=_new_step(),
            cost=cost,
        )
        queue, limits = job.queue, self._limits
        answer = await self._create(
            job.id,
            origin,
            queue,
            request.person_id,
            _ms(now),
            _ms(now + first_look),
            definition(Task.SUBMIT, job.id, str(job.step)),
            definition(Task.TRACK, queue),
            day(now),
            request.model,
            cost,
            limits.person_max_jobs,
            limits.person_daily_budget,
            limits.team_daily_budget,
            request.kind,
            *_fields(job.model_dump()),
        )
        if isinstance(answer, list):
            raise OrderRefused.parse(*answer)
        known: str = answer.decode()
        return job if known == job.id else await self.get(known) or job

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
        """Read several jobs in one round trip, leaving out those that are gone."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for job_id in job_ids:
                pipe.hgetall(_key(job_id))
            return [job for answer in await pipe.execute() if (job := _job(answer))]

    async def move(
        self,
        job: Job,
        expected: Collection[Status] | None,
        to: Status | None = None,
        *,
        due: float | Literal["unchanged"] | None,
        then: Task | None = None,
        **changes: Any,
    ) -> bool:
        """Take a step if the job still stands in one of the `expected` statuses; False: somebody else was first.

        With None expected it is taken only if no step at all was taken since the job was read.

        A job that has to wait for its turn (worker/turns.py) is not begun: False as well, and it is woken when it may.

        `due` is the time of its next look (None: it needs no more; unchanged: whoever set it meanwhile is right),
        `then` an arq job to enqueue with the step.
        """
        now, step = self.clock(), _new_step()
        fields = {**changes, "updated_at": now} | ({"status": to} if to else {})
        taken = await self._move(
            job.id,
            f" {' '.join(sorted(expected or {job.status}))} ",
            job.queue,
            _score(due),
            _ms(now),
            then or "",
            definition(then, job.id, str(step)) if then else "",
            definition(Task.TRACK, job.queue),
            step,
            "*" if expected else job.step or "",
            to or "",
            day(job.created_at),
            job.request.person_id,
            job.request.model,
            self._limits.fal_slots,
            *_fields(fields),
        )
        return bool(taken)

    async def note(self, job_id: str, **changes: Any) -> None:
        """Write down what no status depends on: which message shows the job, and what it shows."""
        await self._note(job_id, *_fields(changes))

    async def set_favourite(self, job: Job, *, wanted: bool) -> bool:
        """Put it among its author's favourites, or take it out; False: it is gone."""
        return bool(await self._favour(job.id, job.request.person_id, _stored(wanted)))

    async def delete(self, job: Job) -> bool:
        """Forget an ended job; False: it has not ended. Deleting what is already gone is not an error."""
        request = job.request
        ended = f" {' '.join(sorted(TERMINAL))} "
        return bool(await self._delete(job.id, job.queue, request.person_id, request.kind, ended))

    async def page(
        self,
        *,
        person_id: int | None = None,
        statuses: Collection[Status] = (),
        cursor: str | None = None,
        limit: int = 20,
    ) -> Page:
        """List jobs, newest first, stable while new ones come in: a page continues behind an id.

        Statuses are looked for among the jobs; what a person often looks for has a shelf (worker/shelves.py).
        """
        index = index_key(person_id, statuses)
        found: list[Job] = []
        while len(found) <= limit:
            start = f"({cursor}" if cursor else "+"
            ids = await self._redis.zrevrangebylex(index, start, "-", 0, limit + 1)
            if not ids:
                break
            names = [job_id.decode() for job_id in ids]
            jobs = await self.get_many(names)
            found += [job for job in jobs if not statuses or job.status in statuses]
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


def _score(due: float | str | None) -> int | str:
    return _ms(due) if isinstance(due, float | int) else due or ""


def _fields(values: dict[str, Any]) -> list[str]:
    """Flatten into field, value, …: text as it is, everything else as JSON; a None is stored as an empty text."""
    return [part for name, value in values.items() for part in (name, _stored(value))]


def _stored(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _STRUCTURED.dump_json(value).decode()


_TEXTS = {"id", "status", "mask_url", "cancellation", "task", "webhook_token", "seed"}
_TEXTS |= {"failure", "detail", "shown"}


def _job(stored: dict[bytes, bytes]) -> Job | None:
    values = ((name.decode(), value.decode()) for name, value in stored.items())
    fields = {
        name: value if name in _TEXTS else json.loads(value) for name, value in values if value
    }
    return Job.model_validate(fields) if "request" in fields else None
