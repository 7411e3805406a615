"""How job records are written to Redis and read back, damaged ones included."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pytest
from arq.connections import ArqRedis
from loguru import logger
from pydantic import BaseModel, Field

from tests.worker.jobs.test_store import request as new_request
from worker.jobs.migrations import Backfill
from worker.jobs.record import decode, stored_name
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import File, Job, Picture, Problem, Request, Status
from worker.operations.dead_letters import DeadLetterStore
from worker.operations.gauges import RedisGauges
from worker.queues.names import Queue

KEY = "images/2026/11/22/a.png"


@pytest.fixture
def jobs(redis: ArqRedis) -> JobStore:
    return JobStore(redis, Limits(), time.time)


type Word = Annotated[str, Field(max_length=9)] | None


class NewerJob(Job):
    """A job of a later version."""

    remark: str = ""
    origin: str | None = None
    weight: float | None = None
    labels: tuple[str, ...] = ()
    mood: Status | None = None
    word: Word = ""
    side: Literal["left", "right"] = "left"


#: What the version before writes and reads.
STORED_NAMES: dict[type[BaseModel], str] = {
    Job: """
        id request status created_at updated_at deadline submitted_at running_since finished_at step
        request_id attempts tries trouble position picture_urls mask_url usual cost cancel_requested
        cancellation favourite task webhook_token result_urls seed failure detail
        progress_message_id shown sent_message_ids delivered in_private undelivered send_without
        send_attempts card_attempts card_missing migrated_chat_id inputs input_keys files
    """,
    Request: """
        kind person_id chat_id message_id thread_id language prompt quoted said captions model options
        quality pictures mask source told
    """,
    Problem: "kind since again_at digest",
    Picture: "file_id key pixels",
    File: "key content_type size width height duration thumbnail file_id document_id",
}


@pytest.mark.parametrize("model", STORED_NAMES)
def test_renamed_field_keeps_its_stored_name(model: type[BaseModel]) -> None:
    """Processes of two versions read each other's jobs while one is replaced by the other."""
    stored = {stored_name(model, name) for name in model.model_fields}
    assert stored >= set(STORED_NAMES[model].split())


async def test_problem_is_stored_under_its_former_name(jobs: JobStore, redis: ArqRedis) -> None:
    """It is read back, and workers of the version before know since when the job waits."""
    job = await jobs.create(new_request(), "1")
    problem = Problem(kind="busy", since=5)
    assert await jobs.move(job, {Status.CREATED}, due=5, problem=problem)
    assert await redis.hget(f"darkroom:job:{job.id}", "trouble") == b'{"kind":"busy","since":5.0}'  # type: ignore[misc]  # redis-py's types
    stored = await jobs.get(job.id)
    assert stored
    assert stored.problem == problem


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("remark", text) for text in ("12", "null", "[1]", '"quoted"', "{", "words")),
        ("origin", "7"),
        ("weight", 2.5),
        ("labels", ("a", "12")),
        ("mood", Status.DONE),
        ("word", "3"),
        ("side", "right"),
    ],
)
async def test_added_field_is_read_back(
    jobs: JobStore, redis: ArqRedis, name: str, value: Any
) -> None:
    """Its annotation is enough, and a version without the field reads the job as before."""
    job = await jobs.create(new_request(), "update-1")
    await jobs.update_fields(job.id, **{name: value})
    stored = await redis.hgetall(f"darkroom:job:{job.id}")  # type: ignore[misc]
    assert getattr(decode(NewerJob, stored), name) == value
    assert await jobs.get(job.id) == job


def test_ambiguous_field_type_is_refused() -> None:
    """12 and "12" are the same bytes in Redis."""

    class Ambiguous(BaseModel):
        remark: str | int = 0

    with pytest.raises(TypeError, match="remark"):
        decode(Ambiguous, {})


#: Damaged records: a field, its content (None: missing), and a part of the reason.
TORN = [
    ("status", "half-done", "status"),
    ("status", "", "status"),
    ("request", None, "request"),
    ("request", "{", "request"),
    ("request", "[" * 100_000, "request"),
    ("request", '{"kind": "sculpture"}', "request"),
    ("created_at", "yesterday", "created_at"),
    ("created_at", "NaN", "created_at"),
    ("created_at", "1e300", "created_at"),
    ("updated_at", "-1", "updated_at"),
    ("cost", "Infinity", "cost"),
    ("attempts", '"many"', "attempts"),
    ("attempts", "1" * 5000, "attempts"),
    ("files", "{}", "files"),
    ("failure", b"\xff", "failure"),
    ("id", None, "id"),
]


@pytest.fixture(params=TORN, ids=lambda torn: f"{torn[0]}={str(torn[1])[:12]}")
def torn(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
async def damaged(
    redis: ArqRedis, torn: tuple[str, Any, str], damaged_jobs: tuple[Job, Job]
) -> tuple[str, str]:
    """The id of a damaged job, and what the reason must name."""
    field, value, named = torn
    key = f"darkroom:job:{damaged_jobs[0].id}"
    if value is None:
        await redis.hdel(key, field)  # type: ignore[misc]
    else:
        await redis.hset(key, field, value)  # type: ignore[misc]
    return damaged_jobs[0].id, named


@pytest.fixture
async def damaged_jobs(jobs: JobStore) -> tuple[Job, Job]:
    """A job that will be damaged, and an intact one; both with a file."""
    pair = [await jobs.create(new_request(), f"update-{number}") for number in range(2)]
    file = File(key=KEY, content_type="image/png", size=9, width=3, height=2)
    for job in pair:
        await jobs.update_fields(job.id, files=[file.model_dump()])
    found = await jobs.get_many([job.id for job in pair])
    return found[0], found[1]


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lines.append, format="{level} {message}")
    yield lines
    logger.remove(sink)


async def test_damaged_job_does_not_affect_others(
    jobs: JobStore,
    redis: ArqRedis,
    damaged: tuple[str, str],
    damaged_jobs: tuple[Job, Job],
    log: list[str],
) -> None:
    """It is listed once with the names of its broken fields; all other jobs are read, listed and counted."""
    (job_id, named), whole = damaged, damaged_jobs[1]
    for _ in range(2):
        assert await jobs.get_many([job_id, whole.id]) == [whole]
    assert await jobs.get(job_id) is None
    page = await jobs.page()
    assert page.jobs == [whole]
    [record] = page.damaged
    assert record.id == job_id
    assert named in record.reason
    if named != "files":
        assert KEY in record.stored_keys
    assert await jobs.page(statuses={Status.CREATED}) != page

    [dead_letter] = await DeadLetterStore(redis, jobs).get_all()
    assert (dead_letter.id, dead_letter.reason, dead_letter.is_damaged) == (
        job_id,
        record.reason,
        True,
    )
    assert "unreadable" in str(dead_letter)
    [line] = [line for line in log if "ERROR" in line]
    assert job_id in line
    assert "яблоко" not in f"{line}{dead_letter}"

    await Backfill(redis).run()
    numbers = await RedisGauges(redis, 0).read()
    assert numbers["darkroom_dead_letters"] == 1


async def test_repaired_job_continues(
    jobs: JobStore, redis: ArqRedis, damaged_jobs: tuple[Job, Job]
) -> None:
    """It keeps its place in the schedule; its dead letter can be removed only when it is readable."""
    job, dead_letters = damaged_jobs[0], DeadLetterStore(redis, jobs)
    await redis.hset(f"darkroom:job:{job.id}", "status", "?")  # type: ignore[misc]
    assert await jobs.get(job.id) is None
    [dead_letter] = await dead_letters.get_all()
    assert not await dead_letters.retry(dead_letter)
    assert await dead_letters.count() == 1
    await redis.hset(f"darkroom:job:{job.id}", "status", "created")  # type: ignore[misc]
    assert await dead_letters.retry(dead_letter)
    assert await dead_letters.count() == 0
    assert await jobs.get(job.id) == job
    assert await redis.zscore(f"darkroom:due:{Queue.IMAGES}", job.id)


def test_largest_timestamp_is_a_date() -> None:
    """Every time that can be read can be shown."""
    limit = Job.model_fields["created_at"].metadata[1].lt
    assert datetime.fromtimestamp(limit - 1, UTC).year == 9999


async def test_a_request_is_stored_under_the_names_of_the_version_before(redis: ArqRedis) -> None:
    """Workers of that version read `person_id` during an upgrade, and this one reads both names."""
    job = await JobStore(redis, Limits(), time.time).create(new_request(), "1")
    stored = await redis.hget(f"darkroom:job:{job.id}", "request")  # type: ignore[misc]
    fields = json.loads(stored)
    assert fields["person_id"] == job.request.user_id
    assert Request.model_validate(fields) == job.request
    fields["user_id"] = fields.pop("person_id")
    assert Request.model_validate(fields) == job.request
