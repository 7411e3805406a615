import time
from pathlib import Path

import pytest
from arq.connections import ArqRedis

from infra.fal.billing_events import BillingEvent
from infra.fal.tasks import TaskId
from infra.storage.store import Storage
from tests.clock import Clock
from tests.worker.jobs.test_store import request
from worker.bot.services.refused_orders import RefusedOrder, RefusedOrders
from worker.jobs.packing import Packing
from worker.jobs.store import JobStore
from worker.limits.ledger import DAY_SECONDS, Ledger, last_days
from worker.limits.limits import Limits, Reason
from worker.model import AT_FAL, File, Job, Status, new_job_id
from worker.operations.reconcile import compare
from worker.operations.reconciliation import Reconciliation, ReconciliationStore
from worker.users.erase import eraser
from worker.users.erase.eraser import JobsStillActive, UserEraser

SCHNELL = "fal-ai/flux/schnell"
DOLLARS = 0.003


async def test_damaged_job_is_erased(redis: ArqRedis, tmp_path: Path) -> None:
    """Its record, its entries in every index, and the files that its readable part names."""
    storage = Storage.open(tmp_path / "media", None)
    key = "inputs/2026/11/23/one-1.png"
    (tmp_path / "picture").write_bytes(b"a picture")
    await storage.save(tmp_path / "picture", key)
    jobs = JobStore(redis, Limits(), time.time)
    torn, others = await jobs.create(request(), "1"), await jobs.create(request(7), "2")
    await jobs.update_fields(torn.id, inputs=[key])
    await redis.hset(f"darkroom:job:{torn.id}", "status", "?")  # type: ignore[misc]
    user_eraser = UserEraser(redis, storage, jobs, torn.request.user_id)
    await user_eraser.delete(await user_eraser.find())
    left = [name async for name in redis.scan_iter() if torn.id in name.decode()]
    assert left == []
    for index in ("darkroom:jobs", "darkroom:due:img_queue", "darkroom:dead-letters"):
        assert await redis.zscore(index, torn.id) is None
    assert not await redis.sismember("darkroom:active:img_queue", torn.id)  # type: ignore[misc]
    assert not (tmp_path / "media" / key).exists()
    assert await jobs.get(others.id) == others


async def test_images_are_deleted_before_their_thumbnails(redis: ArqRedis, tmp_path: Path) -> None:
    """A thumbnail that somebody's look makes meanwhile is deleted too, by one of the two."""
    storage = Storage.open(tmp_path / "media", None)
    jobs = JobStore(redis, Limits(), time.time)
    keys = ["images/2026/11/23/one-1.webp", "images/2026/11/23/one-1.thumb.jpeg"]
    job = await _ended(jobs, 42, "1", "request")
    file = File(key=keys[0], content_type="image/webp", size=9, width=3, height=2)
    await jobs.update_fields(job.id, files=[file])
    for key in keys:
        await storage.put(key, b"bytes")
    user_eraser = UserEraser(redis, storage, jobs, 42)
    found = await user_eraser.find()
    assert found.files == keys
    await user_eraser.delete(found)
    assert [each async for each in storage.all_files()] == []


async def test_packed_job_is_erased(redis: ArqRedis, tmp_path: Path) -> None:
    """With the files that only its packed fields name."""
    storage = Storage.open(tmp_path / "media", None)
    key = "inputs/2026/11/23/one-1.png"
    (tmp_path / "picture").write_bytes(b"a picture")
    await storage.save(tmp_path / "picture", key)
    jobs = JobStore(redis, Limits(), time.time)
    job = await jobs.create(request(), "1")
    await jobs.move(job, {Status.CREATED}, Status.DONE, due=None, inputs=[key])
    assert await Packing(redis).pack([job.id]) == 1
    user_eraser = UserEraser(redis, storage, jobs, job.request.user_id)
    await user_eraser.delete(await user_eraser.find())
    assert not (tmp_path / "media" / key).exists()
    assert [name async for name in redis.scan_iter() if job.id in name.decode()] == []
    assert await redis.zscore("darkroom:jobs", job.id) is None


async def _ended(jobs: JobStore, user_id: int, name: str, request_id: str | None) -> Job:
    """Make a job that fal has, or one whose submit got no answer."""
    job = await jobs.create(request(user_id), name, cost=DOLLARS)
    await jobs.move(job, {Status.CREATED}, Status.SUBMITTING, due=9)
    if request_id is None:
        await jobs.move(job, {Status.SUBMITTING}, Status.UNCONFIRMED, due=9)
        await jobs.move(job, {Status.UNCONFIRMED}, Status.FAILED, due=None, failure="unconfirmed")
        return job
    task = TaskId(request_id, *(f"https://a.b/{request_id}/{part}" for part in "src"))
    await jobs.move(job, {Status.SUBMITTING}, Status.QUEUED, due=9, task=task.dumps())
    await jobs.move(job, AT_FAL, Status.DONE, due=None)
    return job


async def _compared(redis: ArqRedis, day: str, billed: list[str]) -> Reconciliation:
    charges = (await Ledger(redis).charges([day]))[day]
    bills = [BillingEvent(request_id, SCHNELL, 0, DOLLARS, DOLLARS) for request_id in billed]
    return compare(day, charges, bills, known=(), since=0, made_at=0)


def _without_jobs(made: Reconciliation) -> Reconciliation:
    differences = [each.model_copy(update={"job_id": None}) for each in made.differences]
    differences.sort(key=lambda each: each.request_id or "")
    return made.model_copy(update={"differences": tuple(differences)})


async def test_charges_of_an_erased_user_still_agree_with_the_bills(
    redis: ArqRedis, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over two days and several batches, without a request id too; nothing names a job of theirs."""
    monkeypatch.setattr(eraser, "_BATCH", 2)
    jobs = JobStore(redis, Limits(), clock, lambda: new_job_id(clock))
    store = ReconciliationStore(redis)
    theirs: list[str] = []
    others: list[str] = []
    billed: dict[str, list[str]] = {}
    for past in (1, 0):
        clock.now += DAY_SECONDS
        day = last_days(clock.now, 1)[0]
        # fal has billed neither the last request nor the two jobs without one.
        ids = [f"request-{past}-{number}" for number in range(5)]
        billed[day] = [*ids[:-1], f"request-{past}-of-7"]
        for number, request_id in enumerate([*ids, None, None]):
            theirs.append((await _ended(jobs, 42, f"{past}-{number}", request_id)).id)
        others.append((await _ended(jobs, 7, f"{past}-other", f"request-{past}-of-7")).id)
        await store.save(await _compared(redis, day, billed[day]))
    before = await store.read([*billed])
    assert [(made.jobs, made.number) for made in before] == [(8, 3)] * 2
    lifetimes = [await redis.ttl(f"darkroom:reconciliation:{day}") for day in billed]

    user_eraser = UserEraser(redis, Storage.open(tmp_path / "media", None), jobs, 42)
    await user_eraser.delete(await user_eraser.find())

    after = [_without_jobs(await _compared(redis, *each)) for each in billed.items()]
    assert after == [_without_jobs(made) for made in before]
    assert [_without_jobs(made) for made in await store.read([*billed])] == after
    charged = await Ledger(redis).charges([*billed])
    named = {charge.job_id for of_day in charged.values() for charge in of_day}
    assert named.issuperset(others)
    assert named.isdisjoint(theirs)
    for day, lifetime in zip(billed, lifetimes, strict=True):
        stored = await redis.get(f"darkroom:reconciliation:{day}")
        assert not [job_id for job_id in theirs if job_id.encode() in stored]
        assert lifetime - 60 < await redis.ttl(f"darkroom:reconciliation:{day}") <= lifetime
        assert await redis.ttl(f"darkroom:charges:{day}") > 0


async def test_kept_order_is_active(redis: ArqRedis, tmp_path: Path) -> None:
    """It may start at any time: nothing is deleted before it has ended; then nothing of it is left."""
    storage = Storage.open(tmp_path / "media", None)
    jobs = JobStore(redis, Limits(user_max_jobs=1), time.time)
    first = await jobs.create(request(), "1")
    kept = await jobs.create(request(), "2", keep_for=Reason.USER_MAX_JOBS)
    await RefusedOrders(redis).save(
        kept.request.user_id,
        RefusedOrder(requests=(kept.request,), reason=Reason.USER_MAX_JOBS),
        "2",
    )
    await jobs.move(first, None, Status.CANCELLED, due=None)
    user_eraser = UserEraser(redis, storage, jobs, kept.request.user_id)
    with pytest.raises(JobsStillActive):
        await user_eraser.delete(await user_eraser.find())
    await jobs.move(kept, None, Status.CANCELLED, due=None)
    await user_eraser.delete(await user_eraser.find())
    left = [name.decode() async for name in redis.scan_iter()]
    assert [name for name in left if "kept" in name or "refused-order" in name] == []
    assert [name for name in left if kept.id in name] == []
