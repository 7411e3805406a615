import asyncio
from itertools import pairwise
from typing import Any

import pytest
from arq.connections import ArqRedis
from hypothesis import given
from hypothesis import strategies as st

from infra.fal.tasks import TaskId
from infra.redis.script import Script
from tests.clock import Clock
from tests.worker.queues.test_inbox import arq_jobs
from worker.jobs.schedule import JobSchedule
from worker.jobs.store import UNDO_SECONDS, JobStore
from worker.limits.limits import Limits
from worker.model import (
    ACTIVE,
    TERMINAL,
    File,
    Job,
    Kind,
    Picture,
    Request,
    Status,
    is_job_id,
    new_job_id,
)
from worker.queues.names import Queue, Task


def request(user_id: int = 42, kind: Kind = Kind.IMAGE) -> Request:
    return Request(
        kind=kind,
        user_id=user_id,
        chat_id=user_id,
        message_id=1,
        language="ru",
        prompt="красное яблоко 🍎",
        model="fal-ai/flux/schnell",
        options={"size": "square", "count": 2, "audio": False},
    )


@pytest.fixture
def jobs(redis: ArqRedis, clock: Clock) -> JobStore:
    return JobStore(redis, Limits(), clock, lambda: new_job_id(clock))


async def test_job_is_read_as_it_was_stored(jobs: JobStore) -> None:
    """Its request survives Redis exactly."""
    job = await jobs.create(request(), "update-1")
    assert await jobs.get(job.id) == job
    assert job.status is Status.CREATED


INPUT = "inputs/2026/11/29/one-1.png"


async def _prepared(jobs: JobStore) -> Job:
    job = await jobs.create(request(), "update-1")
    await jobs.move(job, {Status.CREATED}, Status.PREPARING, due=9)
    await jobs.move(
        job, {Status.PREPARING}, Status.PREPARED, due=9, then=Task.SUBMIT, inputs=[INPUT]
    )
    found = await jobs.get(job.id)
    assert found
    return found


async def test_prepared_job_is_stored_as_the_version_before_reads_it(
    jobs: JobStore, redis: ArqRedis
) -> None:
    """A worker of that version, which runs during an upgrade, finds a created job with its inputs."""
    job = await _prepared(jobs)
    assert job.status is Status.PREPARED
    async with redis.pipeline() as pipe:
        pipe.hget(f"darkroom:job:{job.id}", "status")
        assert await pipe.execute() == [b"created"]
    assert [found.id for found in (await jobs.page(statuses={Status.PREPARED})).jobs] == [job.id]
    assert await jobs.move(job, {Status.PREPARED}, Status.SUBMITTING, due=9)


async def test_prepared_job_of_the_next_version_is_read(jobs: JobStore, redis: ArqRedis) -> None:
    """That version may store the status itself: the job waits for its slot and is submitted."""
    job = await _prepared(jobs)
    await redis.hset(f"darkroom:job:{job.id}", "status", "prepared")  # type: ignore[misc]
    assert await jobs.get(job.id) == job
    await redis.delete("darkroom:slots")
    assert await jobs.move(job, {Status.PREPARED}, Status.SUBMITTING, due=9)
    assert await redis.scard("darkroom:slots") == 1  # type: ignore[misc]


@pytest.mark.parametrize(("pictures", "task"), [((), "submit"), ((Picture(key=INPUT),), "prepare")])
async def test_first_step_depends_on_the_inputs(
    jobs: JobStore, redis: ArqRedis, pictures: tuple[Picture, ...], task: str
) -> None:
    """A job with images is prepared first; a text alone is submitted at once."""
    await jobs.create(request().model_copy(update={"pictures": pictures}), "update-1")
    assert task in [function for function, _, _ in await arq_jobs(redis, Queue.IMAGES)]


AT_FAL: dict[str, Any] = {
    "task": TaskId("r", "https://a.b/s", "https://a.b/r", "https://a.b/c").dumps(),
    "webhook_token": "a-token",
    "result_urls": ["https://v3.fal.media/a.png"],
    "deadline": 9.0,
    "attempts": 2,
}


async def _fields(redis: ArqRedis, job: Job) -> set[bytes]:
    async with redis.pipeline() as pipe:
        pipe.hkeys(f"darkroom:job:{job.id}")
        return set((await pipe.execute())[0])


@pytest.mark.parametrize("status", [Status.DONE, Status.CANCELLED])
async def test_ended_job_drops_its_working_fields(
    jobs: JobStore, redis: ArqRedis, status: Status
) -> None:
    """Records are kept for ever: the step that ends a job removes the fields that only served its processing."""
    job = await jobs.create(request(), "update-1")
    await jobs.move(job, {Status.CREATED}, status, due=None, seed="7", units=1, **AT_FAL)
    stored = await _fields(redis, job)
    known = "id request status created_at updated_at step cost units seed webhook_token"
    assert stored == {name.encode() for name in known.split()}
    ended = await jobs.get(job.id)
    assert ended
    assert (ended.request, ended.seed, ended.task) == (job.request, "7", None)


@pytest.mark.parametrize("status", [Status.FAILED, Status.EXPIRED])
async def test_retryable_job_keeps_its_fields(jobs: JobStore, status: Status) -> None:
    """A retry continues a failed job from its step, and a late result may continue an expired one."""
    job = await jobs.create(request(), "update-1")
    await jobs.move(job, {Status.CREATED}, status, due=None, **AT_FAL)
    ended = await jobs.get(job.id)
    assert ended
    kept = ended.model_dump(include=set(AT_FAL), mode="json")
    assert kept == AT_FAL


async def test_record_of_an_earlier_version_is_read(jobs: JobStore, redis: ArqRedis) -> None:
    """It has every field, also those without a value; its end makes it as small as a new one."""
    job = await jobs.create(request(), "update-1")
    empty = dict.fromkeys(("task", "seed", "failure", "cancellation", "position"), "")
    key = f"darkroom:job:{job.id}"
    async with redis.pipeline() as pipe:
        pipe.hset(key, mapping={**empty, "attempts": "0", "files": "[]", "inputs": "[]"})
        await pipe.execute()
    assert await jobs.get(job.id) == job
    assert await jobs.move(job, {Status.CREATED}, Status.DONE, due=None)
    assert not {b"task", b"failure", b"attempts"} & await _fields(redis, job)


async def test_reset_field_is_removed(jobs: JobStore) -> None:
    """A job that continues has no failure."""
    job = await jobs.create(request(), "update-1")
    await jobs.update_fields(job.id, failure="unknown", detail="why")
    await jobs.update_fields(job.id, failure=None, detail=None)
    assert await jobs.get(job.id) == job


async def test_created_job_has_a_submit_and_a_poll(
    jobs: JobStore, redis: ArqRedis, clock: Clock
) -> None:
    """The poll finds the job if its submit is lost."""
    job = await jobs.create(request(), "update-1", first_poll=15)
    enqueued = await arq_jobs(redis, Queue.IMAGES)
    assert enqueued == [
        ("submit", [job.id, str(job.step)], clock.now),
        ("track", ["img_queue"], clock.now + 15),
    ]


async def test_undoable_order_waits_before_its_submit(
    jobs: JobStore, redis: ArqRedis, clock: Clock
) -> None:
    """Its user has that time to take it back; the poll comes later."""
    undoable = request().model_copy(update={"undoable": True})
    job = await jobs.create(undoable, "update-1")
    (submit, _) = await arq_jobs(redis, Queue.IMAGES)
    assert submit == ("submit", [job.id, str(job.step)], clock.now + UNDO_SECONDS)


async def test_same_origin_creates_one_job(jobs: JobStore, redis: ArqRedis) -> None:
    """An update that is handled again after a crash finds its job instead of paying for a second one."""
    first = await jobs.create(request(), "update-1")
    second = await jobs.create(request(), "update-1")
    assert second == first
    assert [f for f, _, _ in await arq_jobs(redis, Queue.IMAGES)].count("submit") == 1


async def test_concurrent_moves_have_one_winner(jobs: JobStore) -> None:
    """Poll, webhook and deadline may coincide: the guard accepts the first."""
    job = await jobs.create(request(), "update-1")
    moves = (jobs.move(job, {Status.CREATED}, Status.FAILED, due=None) for _ in range(20))
    assert sorted(await asyncio.gather(*moves)) == [False] * 19 + [True]


async def test_repeated_script_takes_its_step_once(
    jobs: JobStore, redis: ArqRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis dies before it answers, and redis-py repeats the script: its caller still gets the step."""
    run = Script.run

    async def run_twice(script: Script[Any], *arguments: Any) -> Any:
        await run(script, *arguments)
        return await run(script, *arguments)

    job = await jobs.create(request(), "update-1")
    monkeypatch.setattr(Script, "run", run_twice)
    await redis.delete(Queue.IMAGES)
    assert await jobs.move(job, {Status.CREATED}, Status.COLLECTED, due=None, then=Task.DELIVER)
    assert [f for f, _, _ in await arq_jobs(redis, Queue.IMAGES)] == ["deliver"]


async def test_step_can_require_the_step_number(jobs: JobStore) -> None:
    """The same status is not the same step: a caller with an old record must not take a live step for a dead one."""
    job = await jobs.create(request(), "update-1")
    await jobs.move(job, {Status.CREATED}, Status.DELIVERING, due=None)
    looked = await jobs.get(job.id)
    assert looked
    await jobs.move(looked, {Status.DELIVERING}, Status.COLLECTED, due=None)
    await jobs.move(looked, {Status.COLLECTED}, Status.DELIVERING, due=None)
    assert not await jobs.move(looked, None, Status.COLLECTED, due=None)
    now = await jobs.get(job.id)
    assert now
    assert await jobs.move(now, None, Status.COLLECTED, due=None)


async def test_refused_move_changes_nothing(jobs: JobStore) -> None:
    """Neither the fields nor the schedule."""
    job = await jobs.create(request(), "update-1")
    before = await jobs.get(job.id)
    assert not await jobs.move(job, {Status.RUNNING}, Status.DONE, due=None, detail="late")
    assert await jobs.get(job.id) == before


async def test_step_writes_fields_poll_and_task_atomically(
    jobs: JobStore, redis: ArqRedis, clock: Clock
) -> None:
    """One script writes the status, the fields, the next poll and the next arq job."""
    job = await jobs.create(request(), "update-1")
    await redis.delete(Queue.IMAGES)
    files = (File(key="images/a.png", content_type="image/png", size=3, width=2, height=1),)
    await jobs.move(job, {Status.CREATED}, Status.COLLECTED, due=9, then=Task.DELIVER, files=files)
    moved = await jobs.get(job.id)
    assert moved
    assert (moved.status, moved.files) == (Status.COLLECTED, files)
    assert ("deliver", [job.id, str(moved.step)], clock.now) in await arq_jobs(redis, Queue.IMAGES)
    assert await redis.zscore("darkroom:due:img_queue", job.id) == (clock.now + 9) * 1000


async def test_job_without_a_next_poll_leaves_the_schedule(
    jobs: JobStore, redis: ArqRedis, clock: Clock
) -> None:
    """A finished job is not polled."""
    job = await jobs.create(request(), "update-1")
    await jobs.move(job, ACTIVE, Status.DONE, due=None)
    clock.advance(100)
    assert (await JobSchedule(redis, Queue.IMAGES).claim()).ids == ()


async def test_update_of_a_deleted_job_creates_no_record(jobs: JobStore, redis: ArqRedis) -> None:
    """A late update of a deleted job is dropped."""
    await jobs.update_fields("0000000000000000", progress_message_id=5)
    assert await redis.exists("darkroom:job:0000000000000000") == 0


async def test_pages_of_one_users_jobs(jobs: JobStore, clock: Clock) -> None:
    """Newest first, no other user's, stable while jobs are created."""
    mine = []
    for number in range(7):
        clock.advance(1)
        mine.append((await jobs.create(request(1), f"a{number}")).id)
        await jobs.create(request(2), f"b{number}")
    first = await jobs.page(user_id=1, limit=3)
    clock.advance(1)
    await jobs.create(request(1), "new")
    second = await jobs.page(user_id=1, limit=3, cursor=first.cursor)
    third = await jobs.page(user_id=1, limit=3, cursor=second.cursor)
    pages = [job.id for page in (first, second, third) for job in page.jobs]
    assert pages == mine[::-1]
    assert third.cursor is None


async def test_page_filtered_by_status(jobs: JobStore, clock: Clock) -> None:
    """The filter reads as many jobs as it needs."""
    failed = []
    for number in range(12):
        clock.advance(1)
        job = await jobs.create(request(), f"a{number}")
        if number % 5 == 0:
            await jobs.move(job, ACTIVE, Status.FAILED, due=None)
            failed.append(job.id)
    page = await jobs.page(statuses={Status.FAILED}, limit=2)
    rest = await jobs.page(statuses={Status.FAILED}, limit=2, cursor=page.cursor)
    assert [job.id for job in (*page.jobs, *rest.jobs)] == failed[::-1]


async def test_watch_yields_each_step_until_the_end(jobs: JobStore) -> None:
    """A watcher gets the current job, then every step, then the end."""
    job = await jobs.create(request(), "update-1")
    seen: list[Status] = []

    async def watch() -> None:
        async for state in jobs.watch(job.id):
            seen.append(state.status)
            await step(state)

    async def step(state: Job) -> None:
        path = [Status.CREATED, Status.SUBMITTING, Status.QUEUED, Status.DONE]
        for here, there in pairwise(path):
            if state.status is here:
                await jobs.move(job, {here}, there, due=None)

    await asyncio.wait_for(watch(), 5)
    assert seen == [Status.CREATED, Status.SUBMITTING, Status.QUEUED, Status.DONE]


def test_a_status_is_either_active_or_terminal() -> None:
    """The two sets leave no status out and share none."""
    assert set(Status) == ACTIVE | TERMINAL
    assert not ACTIVE & TERMINAL


@given(st.lists(st.integers(0, 2**38), min_size=2, max_size=20, unique=True))
def test_ids_sort_by_their_time(milliseconds: list[int]) -> None:
    """A later job has the greater id, whatever its random part."""
    times = sorted(1_767_225_600 + ms / 1000 for ms in milliseconds)
    ids = [new_job_id(Clock(time)) for time in times]
    assert ids == sorted(ids)


@given(st.integers(0, 2**40 - 1))
def test_ids_are_short_and_lower_case(random_part: int) -> None:
    """Sixteen letters that are safe in a URL, a file name and callback data."""
    job_id = new_job_id(Clock(), lambda _: random_part)
    assert is_job_id(job_id)
    assert job_id == job_id.lower()
    assert not is_job_id(job_id[:-1] + "/")


async def test_task_of_an_earlier_step_finds_no_job(jobs: JobStore) -> None:
    """A repeated or late task does not repeat its step."""
    job = await jobs.create(request(), origin="step")
    enqueued_with = str(job.step)
    assert await jobs.get_at(job.id, enqueued_with)
    assert await jobs.move(job, {Status.CREATED}, Status.SUBMITTING, due=1)
    assert await jobs.move(job, {Status.SUBMITTING}, Status.CREATED, due=2)
    assert not await jobs.get_at(job.id, enqueued_with)
    assert await jobs.get_at(job.id, ""), "a task of the version before has no step"


async def test_fields_of_a_newer_version_are_kept(jobs: JobStore, redis: ArqRedis) -> None:
    """During an upgrade or after a rollback, an older process reads jobs of a newer one."""
    job = await jobs.create(request(), origin="newer")
    async with redis.pipeline() as pipe:
        pipe.hset(f"darkroom:job:{job.id}", "a_field_of_tomorrow", "words, and no JSON")
        await pipe.execute()
    assert await jobs.get(job.id) == job
