"""Packed records: they are read, changed and listed like others, and the version before does not meet one."""

import json
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import pytest
from arq.connections import ArqRedis
from hypothesis import given
from hypothesis import strategies as st

from tests.clock import Clock
from tests.worker.jobs.test_store import request
from worker.jobs import packing
from worker.jobs.cancellation import request_cancellation
from worker.jobs.fal_webhooks import Webhook, WebhookStore
from worker.jobs.indexes import JobIndex, JobIndexes
from worker.jobs.packing import Packing
from worker.jobs.record import DamagedJob, decode_job, encode, is_packed, pack, stored_name, unpack
from worker.jobs.refetch import fetch_again
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger, day
from worker.limits.limits import Limits
from worker.model import (
    TERMINAL,
    Cancellation,
    File,
    Job,
    Picture,
    Problem,
    Status,
    Translation,
    Undelivered,
    new_job_id,
)
from worker.queues.names import Queue

DAY = 24 * 3600
FILE = File(
    key="images/2026/11/29/0ts8t49qyx85dzy6-1.png",
    content_type="image/png",
    size=1_206_259,
    width=1024,
    height=1024,
    thumbnail="images/2026/11/29/0ts8t49qyx85dzy6-1.thumb.jpeg",
    file_id="AgACAgIAAxkDAAIBV8kP0wy34Sc5cn22_tUXmFB4dwjupWOmnYcYN-06VdiReU0IL54l5N3TsCf",
)
#: What a finished job has, besides its order.
RESULT: dict[str, Any] = {
    "files": (FILE,),
    "seed": "12",
    "cost": 0.003,
    "seconds": 0.19472479820251465,
    "submitted_at": 1_800_000_001.25,
    "sent_message_ids": (1000,),
    "progress_message_id": 1000,
    "webhook_token": "YCdJojgVlFMtrCLRzj8XHVUWVF8Ay9LF",
}
#: Fields that a packed job has no more.
LEFT_OUT = {"webhook_token": None, "input_digest": None, "posted_at": None, "step": None}


@pytest.fixture
def jobs(redis: ArqRedis, clock: Clock) -> JobStore:
    return JobStore(redis, Limits(), clock, lambda: new_job_id(clock))


async def ended(
    jobs: JobStore, status: Status = Status.DONE, origin: str = "1", **changes: Any
) -> Job:
    """Return a job that has just ended."""
    job = await jobs.create(request(), origin, cost=0.003)
    await jobs.move(job, {Status.CREATED}, Status.SUBMITTING, due=None)
    known = RESULT | {"finished_at": jobs.clock()} | changes
    await jobs.move(job, {Status.SUBMITTING}, status, due=None, **known)
    return await reread(jobs, job)


async def reread(jobs: JobStore, job: Job) -> Job:
    found = await jobs.get(job.id)
    assert found
    return found


async def record(redis: ArqRedis, job: Job) -> Mapping[bytes, bytes]:
    stored: Mapping[bytes, bytes] = await redis.hgetall(f"darkroom:job:{job.id}")  # type: ignore[misc]  # redis-py's types
    return stored


async def start_packing(redis: ArqRedis, clock: Clock) -> Packing:
    """Let a day pass after the first run."""
    found = Packing(redis)
    assert await found.sweep() == 0
    clock.advance(DAY)
    return found


def stored(job: Job) -> dict[bytes, bytes]:
    """Return the record of a job as it is before it is packed."""
    values = job.model_dump(exclude_defaults=True, by_alias=True)
    fields = {stored_name(Job, name).encode(): encode(value) for name, value in values.items()}
    return {name: value.encode() for name, value in fields.items() if value}


# Redis has texts as UTF-8.
TEXTS = st.text(st.characters(codec="utf-8"), max_size=300)
TIMES = st.floats(0, 253_402_300_799)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
FILES = st.builds(
    File,
    key=TEXTS,
    content_type=TEXTS,
    size=st.integers(0, 2**53),
    width=st.integers(1, 9999),
    height=st.integers(1, 9999),
    duration=NUMBERS,
    file_id=TEXTS,
)
JOBS = st.builds(
    Job,
    id=st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=16, max_size=16),
    request=st.builds(
        request().model_copy,
        update=st.fixed_dictionaries(
            {
                "prompt": TEXTS,
                "user_id": st.integers(-(2**52), 2**52),
                "options": st.dictionaries(TEXTS, TEXTS | st.integers() | st.booleans()),
                "pictures": st.lists(st.builds(Picture, key=TEXTS), max_size=3).map(tuple),
                "captions": st.dictionaries(st.integers(), TEXTS, max_size=3),
            }
        ),
    ),
    status=st.sampled_from(sorted(TERMINAL)),
    created_at=TIMES,
    updated_at=TIMES,
    finished_at=TIMES | st.none(),
    step=st.integers(0, 2**53),
    cost=NUMBERS,
    seed=TEXTS,
    failure=TEXTS | st.none(),
    detail=TEXTS | st.none(),
    webhook_token=TEXTS,
    favourite=st.booleans(),
    task=TEXTS | st.none(),
    files=st.lists(FILES, max_size=5).map(tuple),
    inputs=st.lists(TEXTS, max_size=3).map(tuple),
    sent_message_ids=st.lists(st.integers(1, 2**53), max_size=9).map(tuple),
    problem=st.none() | st.builds(Problem, kind=TEXTS, since=TIMES),
    translation=st.none() | st.builds(Translation, prompt=TEXTS),
    undelivered=st.none() | st.sampled_from(sorted(Undelivered)),
)


@given(job=JOBS)
def test_any_record_is_read_back_from_its_packed_form(job: Job) -> None:
    """Packed and unpacked again, it is the same job in every field that an ended job needs."""
    before = stored(job)
    plain = decode_job(job.id, before)
    packed = pack(job.id, before)
    assert is_packed(packed)
    same = plain.model_copy(update=LEFT_OUT) if isinstance(plain, Job) else plain
    assert decode_job(job.id, packed) == same
    assert decode_job(job.id, unpack(job.id, packed)) == same
    assert pack(job.id, packed) == packed
    assert unpack(job.id, before) == before


async def test_packed_job_takes_half_of_the_memory(
    jobs: JobStore, redis: ArqRedis, clock: Clock
) -> None:
    """It is one allocation of at most 720 bytes, with an id of Telegram's file; every search of a status finds it."""
    job, packer = await ended(jobs), await start_packing(redis, clock)
    key = f"darkroom:job:{job.id}"
    before = await redis.memory_usage(key)
    assert await packer.sweep() == 1
    assert await redis.object("encoding", key) == b"listpack"
    after = await redis.memory_usage(key)
    assert after <= 720
    assert after <= before / 2
    assert await reread(jobs, job) == job.model_copy(update=LEFT_OUT)
    assert (await jobs.page(user_id=42, statuses={Status.DONE})).jobs == [await reread(jobs, job)]
    assert [each.id for each in (await jobs.page()).jobs] == [job.id]


async def test_long_words_are_packed(jobs: JobStore, redis: ArqRedis, clock: Clock) -> None:
    """More bytes than a hash of short values has are one value."""
    detail = "".join(chr(0x4E00 + n * 7 % 20_000) for n in range(9000))
    job, packer = await ended(jobs, detail=detail), await start_packing(redis, clock)
    assert await packer.sweep() == 1
    assert len(await record(redis, job)) == 2
    assert (await reread(jobs, job)).detail == detail


async def test_a_script_reads_a_packed_record(jobs: JobStore, redis: ArqRedis) -> None:
    """The way of docs/redis.md, in any language: join the pieces, zlib, JSON under the names of the fields."""
    job = await ended(jobs)
    assert await Packing(redis).pack([job.id]) == 1
    fields = await record(redis, job)
    assert fields[b"status"] == b"done"
    pieces = [fields[str(n).encode()] for n in range(len(fields) - 1)]
    content = json.loads(zlib.decompress(b"".join(pieces)))
    assert content["request"]["prompt"] == job.request.prompt
    assert content["files"][0]["key"] == FILE.key
    assert content["seed"] == "12"


async def test_an_upgrade_meets_no_packed_record(
    jobs: JobStore, redis: ArqRedis, clock: Clock
) -> None:
    """For a day after the first run nothing is packed: processes of the version before may read any job."""
    job = await ended(jobs)
    clock.advance(9 * DAY)
    packer = Packing(redis)
    for seconds in (0, 60, DAY - 61):
        clock.advance(seconds)
        assert await packer.sweep() == 0
    assert not is_packed(await record(redis, job))
    clock.advance(1)
    assert await packer.sweep() == 1


async def test_rollback_unpacks_all_records(jobs: JobStore, redis: ArqRedis, clock: Clock) -> None:
    """The version before can read them, and a worker that still runs packs none of them for a day."""
    made = [await ended(jobs, origin=str(n)) for n in range(3)]
    packer = await start_packing(redis, clock)
    assert await packer.sweep() == 3
    assert await packer.unpack_all() == 3
    for job in made:
        assert not is_packed(await record(redis, job))
        assert await reread(jobs, job) == job.model_copy(update=LEFT_OUT)
    assert await packer.sweep() == 0
    clock.advance(DAY)
    assert await packer.sweep() == 3


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (Status.EXPIRED, {}),
        (Status.FAILED, {"failure": Status.UNCONFIRMED}),
        (Status.CANCELLED, {"cancellation": Cancellation.UNKNOWN}),
        (Status.QUEUED, {}),
    ],
)
async def test_job_in_doubt_is_not_packed(
    jobs: JobStore, redis: ArqRedis, clock: Clock, status: Status, changes: dict[str, Any]
) -> None:
    """fal may still finish it: scripts read its fields when a webhook or an answer comes."""
    job, packer = await ended(jobs, status, **changes), await start_packing(redis, clock)
    assert await packer.sweep() == 0
    assert await reread(jobs, job) == job


@pytest.mark.parametrize("planned", [f"darkroom:{name}:img_queue" for name in ("due", "inquiries")])
async def test_job_with_a_planned_step_is_not_packed(
    jobs: JobStore, redis: ArqRedis, clock: Clock, planned: str
) -> None:
    """Its end is not shown yet, or fal's bill is missing; it is packed when that is done."""
    job, packer = await ended(jobs), await start_packing(redis, clock)
    await redis.zadd(planned, {job.id: 0})
    assert await packer.sweep() == 0
    await redis.zrem(planned, job.id)
    assert await packer.sweep() == 1


async def test_young_job_is_not_packed(jobs: JobStore, redis: ArqRedis, clock: Clock) -> None:
    """fal repeats the webhook of a job that has ended a moment ago, and it has to be accepted."""
    packer = await start_packing(redis, clock)
    job = await ended(jobs)
    clock.advance(DAY - 1)
    assert await packer.sweep() == 0
    assert (await reread(jobs, job)).webhook_token
    clock.advance(1)
    assert await packer.sweep() == 1


async def test_runs_are_bounded_and_resume(
    jobs: JobStore, redis: ArqRedis, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each looks at a few pages; the next one continues, and after the last job a pass begins again."""
    monkeypatch.setattr(packing, "_PAGES", 2)
    monkeypatch.setattr(packing, "_PAGE", 3)
    made = []
    for n in range(8):
        made.append(await ended(jobs, origin=str(n)))
        clock.advance(1)
    packer = await start_packing(redis, clock)
    assert [await packer.sweep() for _ in range(3)] == [6, 2, 0]
    await jobs.set_favourite(made[0], wanted=True)
    assert [await packer.sweep() for _ in range(2)] == [0, 1]


async def test_process_that_dies_in_a_run_loses_nothing(
    jobs: JobStore, redis: ArqRedis, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before or after the write: each record is whole, and a later pass packs what was left."""
    made = [await ended(jobs, origin=str(n)) for n in range(3)]
    packer, replace = await start_packing(redis, clock), packing.replace_records

    async def die_before(*_: Any, **__: Any) -> Any:
        raise ConnectionError

    async def die_after(*arguments: Any, **values: Any) -> Any:
        await replace(*arguments, **values)
        raise ConnectionError

    for die in (die_before, die_after):
        monkeypatch.setattr(packing, "replace_records", die)
        with pytest.raises(ConnectionError):
            await packer.sweep()
        for job in made:
            assert (await reread(jobs, job)).files == (FILE,)
    monkeypatch.setattr(packing, "replace_records", replace)
    assert await packer.sweep() == 0
    for job in made:
        assert is_packed(await record(redis, job))


async def test_change_that_dies_after_it_has_unpacked_is_repeated(
    jobs: JobStore, redis: ArqRedis, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record is whole and unchanged; the repeated change is stored, and the next pass packs the record."""
    job, packer = await ended(jobs), await start_packing(redis, clock)
    assert await packer.sweep() == 1
    before = await reread(jobs, job)

    async def die_after(self: Packing, job_ids: Iterable[str]) -> int:
        await unpack_records(self, job_ids)
        raise ConnectionError

    unpack_records = Packing.unpack
    with monkeypatch.context() as patch:
        patch.setattr(Packing, "unpack", die_after)
        with pytest.raises(ConnectionError):
            await jobs.update_fields(job.id, revealed=True)
    assert not is_packed(await record(redis, job))
    assert await reread(jobs, job) == before
    await jobs.update_fields(job.id, revealed=True)
    assert await packer.sweep() == 1
    assert await reread(jobs, job) == before.model_copy(update={"revealed": True})


async def test_change_during_the_packing_is_kept(
    jobs: JobStore, redis: ArqRedis, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that changed after it was read is not replaced; a deleted one does not come back."""
    changed, deleted = [await ended(jobs, origin=str(n)) for n in range(2)]
    packer, replace = await start_packing(redis, clock), packing.replace_records

    async def change_first(*arguments: Any, **values: Any) -> Any:
        await jobs.update_fields(changed.id, seed="13")
        await jobs.delete(deleted)
        return await replace(*arguments, **values)

    monkeypatch.setattr(packing, "replace_records", change_first)
    assert await packer.sweep() == 0
    assert (await reread(jobs, changed)).seed == "13"
    assert await jobs.get(deleted.id) is None


async def _move_on(jobs: JobStore, job: Job) -> None:
    assert await jobs.move(job, {job.status}, Status.QUEUED, due=1, task=None, failure=None)


async def _bill(jobs: JobStore, job: Job) -> None:
    assert await jobs.move(job, None, due="unchanged", cost=0.5, units=2.0)


async def _lose_the_card(jobs: JobStore, job: Job) -> None:
    await jobs.update_fields(job.id, progress_message_id=None, migrated_chat_id=-100)


async def _favourite(jobs: JobStore, job: Job) -> None:
    assert await jobs.set_favourite(job, wanted=True)


async def _no_favourite(jobs: JobStore, job: Job) -> None:
    assert await jobs.set_favourite(job, wanted=False)


async def _reveal(jobs: JobStore, job: Job) -> None:
    files = (FILE.model_copy(update={"document_id": "BQAC"}),)
    await jobs.update_fields(job.id, revealed=True, files=files, sent_message_ids=(1, 2))


async def _fetch(jobs: JobStore, job: Job) -> None:
    assert await fetch_again(jobs, job)


async def _reprice(jobs: JobStore, job: Job) -> None:
    assert await jobs.reprice(job, 0.7, TERMINAL, detail=None)


async def _cancel(jobs: JobStore, job: Job) -> None:
    assert not await request_cancellation(jobs, job)


async def _delete(jobs: JobStore, job: Job) -> None:
    assert await jobs.delete(job)


async def _accept_repeated_webhook(jobs: JobStore, job: Job) -> None:
    await WebhookStore(jobs._redis).enqueue(job, Webhook("r", b"{}"))  # noqa: SLF001 - its Redis


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (Status.DONE, _bill),
        (Status.DONE, _lose_the_card),
        (Status.DONE, _favourite),
        (Status.DONE, _no_favourite),
        (Status.DONE, _reveal),
        (Status.DONE, _reprice),
        (Status.DONE, _cancel),
        (Status.DONE, _delete),
        (Status.DONE, _accept_repeated_webhook),
        (Status.FAILED, _fetch),
        (Status.FAILED, _move_on),
        (Status.FAILED, _bill),
        (Status.FAILED, _reprice),
        (Status.CANCELLED, _delete),
        (Status.CANCELLED, _favourite),
    ],
)
async def test_change_of_a_packed_job_is_that_of_an_unpacked_one(
    jobs: JobStore,
    redis: ArqRedis,
    clock: Clock,
    status: Status,
    change: Callable[[JobStore, Job], Awaitable[None]],
) -> None:
    """The same job, ledger, indexes and schedule come of it; the next pass packs what has ended."""
    failure = "result_unreachable" if status is Status.FAILED else None
    outcomes = []
    for is_first in (True, False):
        await redis.flushdb()
        job = await ended(jobs, status, failure=failure)
        if is_first:
            assert await Packing(redis).pack([job.id]) == 1
            job = await reread(jobs, job)
        await change(jobs, job)
        outcomes.append(await _state(redis, jobs, job))
        if is_first and outcomes[0]["job"] and outcomes[0]["job"].status in TERMINAL:
            await Packing(redis).pack([job.id])
            assert (await _state(redis, jobs, job))["job"] == outcomes[0]["job"]
    assert outcomes[0] == outcomes[1]


async def _state(redis: ArqRedis, jobs: JobStore, job: Job) -> dict[str, Any]:
    """Return all that changes of a job can touch, without the ids, which differ."""
    found, indexes = await jobs.get(job.id), JobIndexes(redis)
    return {
        "job": found and found.model_copy(update={"id": "", **LEFT_OUT}),
        "indexes": [(await indexes.page(42, index)).total for index in JobIndex],
        "due": await redis.zcard(f"darkroom:due:{Queue.IMAGES}"),
        "inquiries": await redis.zcard(f"darkroom:inquiries:{Queue.IMAGES}"),
        "in flight": len(await Ledger(redis).in_flight(42)),
        "ledger": await redis.hgetall(f"darkroom:ledger:{day(jobs.clock())}"),  # type: ignore[misc]  # redis-py's types
    }


async def test_damaged_pieces_are_a_damaged_job(jobs: JobStore, redis: ArqRedis) -> None:
    """It is listed with its reason, is not packed or unpacked over, and a corrected field takes precedence."""
    job = await ended(jobs)
    assert await Packing(redis).pack([job.id]) == 1
    key = f"darkroom:job:{job.id}"
    first = (await record(redis, job))[b"0"]
    await redis.hset(key, mapping={"0": b"?" + first[1:]})  # type: ignore[misc]  # redis-py's types
    damaged = await jobs.get_damaged(job.id)
    assert isinstance(damaged, DamagedJob)
    assert "packed fields" in damaged.reason
    with pytest.raises(ValueError, match="incorrect header"):
        await Packing(redis).unpack([job.id])
    whole = await ended(jobs, origin="2")
    assert await Packing(redis).pack([job.id, whole.id]) == 1
    assert await Packing(redis).unpack_all() == 1
    await redis.hset(key, mapping={"0": first})  # type: ignore[misc]  # redis-py's types
    await redis.hset(key, "seed", "14")  # type: ignore[misc]  # redis-py's types
    assert (await reread(jobs, job)).seed == "14"
    await jobs.update_fields(job.id, detail="seen")
    assert (await reread(jobs, job)).seed == "14"


async def test_field_of_a_newer_version_is_kept(jobs: JobStore, redis: ArqRedis) -> None:
    """This version does not know its form, so it stays beside the packed fields."""
    job = await ended(jobs)
    await redis.hset(f"darkroom:job:{job.id}", "remark", '"words')  # type: ignore[misc]  # redis-py's types
    packer = Packing(redis)
    assert await packer.pack([job.id]) == 1
    assert (await record(redis, job))[b"remark"] == b'"words'
    assert await packer.unpack([job.id]) == 1
    assert (await record(redis, job))[b"remark"] == b'"words'


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("request", b"{"),
        ("request", b'{"kind":"image"}'),
        ("failure", b"\xff"),
        ("cost", b'1,"seed":"2"'),
        ("cost", b"NaN"),
        ("files", b"null"),
    ],
)
async def test_damaged_job_is_not_packed(
    jobs: JobStore, redis: ArqRedis, clock: Clock, field: str, value: bytes
) -> None:
    """An operator corrects its fields as they are; the records beside it are packed."""
    damaged, whole = [await ended(jobs, origin=str(n)) for n in range(2)]
    await redis.hset(f"darkroom:job:{damaged.id}", mapping={field: value})  # type: ignore[misc]  # redis-py's types
    packer = await start_packing(redis, clock)
    assert await packer.sweep() == 1
    assert (await record(redis, damaged))[field.encode()] == value
    assert is_packed(await record(redis, whole))
