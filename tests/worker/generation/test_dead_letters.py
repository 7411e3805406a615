"""Failing updates and jobs become dead letters, their chat continues, and a retry finishes them."""

import time
from typing import Any, NoReturn

import pytest
from arq.connections import ArqRedis
from PIL import Image

from infra.settings import Settings
from infra.storage.store import Storage
from infra.telegram.files import TelegramFiles
from tests.infra.pictures import encoded
from tests.user import User, words
from tests.worker.generation.lives import Life, Point, begin, kill_at
from tests.worker.generation.ordering import Order
from tests.worker.generation.stored import Stored
from tests.worker.generation.world import World
from worker.bot.services.orders import Orders
from worker.generation import crash_limit
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Job, Status, Undelivered
from worker.operations.dead_letters import DeadLetterStore, run
from worker.queues import drain


@pytest.fixture
def dead_letters(redis: ArqRedis) -> DeadLetterStore:
    return DeadLetterStore(redis, JobStore(redis, Limits(), time.time))


async def fail(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("a bug")


async def order(world: World, redis: ArqRedis, user: User, *prompts: str) -> None:
    for prompt in prompts:
        await user.say(f"/image {prompt}")
    await world.enqueue(redis)


async def jobs_of(redis: ArqRedis, user: User) -> list[Job]:
    return list((await JobStore(redis, Limits(), time.time).page(user_id=user.id)).jobs)


async def results(user: User) -> list[str]:
    return [words(message) for message in await user.from_bot() if "photo" in message]


@pytest.mark.slow
async def test_update_that_raises_becomes_a_dead_letter(
    world: World,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    dead_letters: DeadLetterStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its user gets a message, its chat continues, the operator sees the reason, and a retry works after the fix."""
    with monkeypatch.context() as bug:
        bug.setattr(Orders, "place", fail)
        await order(world, redis, user, "a boat")
        await user.say("/help")
        await world.enqueue(redis)
        await next_worker.live()
    failed, answer = [words(message) for message in await user.from_bot()]
    assert "broke on my side" in failed
    assert "/image" in answer
    [dead_letter] = await dead_letters.get_all()
    assert (dead_letter.chat, dead_letter.reason) == (str(user.id), "RuntimeError")
    assert await dead_letters.retry(dead_letter)
    assert not await dead_letters.retry(dead_letter)
    await next_worker.live()
    assert len(await results(user)) == 1
    assert await dead_letters.count() == 0


@pytest.mark.slow
async def test_update_that_kills_its_worker_becomes_a_dead_letter(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    dead_letters: DeadLetterStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After the last attempt the next worker skips it and handles the updates behind it."""
    monkeypatch.setattr(drain, "MAX_ATTEMPTS", 2)
    await order(world, redis, user, "poison", "a boat")
    for _ in range(drain.MAX_ATTEMPTS):
        async with begin(settings) as worker:
            with monkeypatch.context() as patch:
                kill_at(Point("at once", JobStore, "create"), worker, patch)
                await worker.live()
    await next_worker.live()
    [result] = await results(user)
    assert "a boat" in result
    assert "broke on my side" in words((await user.from_bot())[0])
    [dead_letter] = await dead_letters.get_all()
    assert "a worker died" in dead_letter.reason


@pytest.mark.slow
async def test_job_that_raises_becomes_a_dead_letter(
    world: World,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    dead_letters: DeadLetterStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """After its attempts it fails and its user gets a message; a retry continues from its step, without payment."""
    paid = await world.paid()
    with monkeypatch.context() as bug:
        # A step that raises ends like one whose worker died: its lease expires.
        bug.setattr(Storage, "take", fail)
        await order(world, redis, user, "a boat")
        await next_worker.live(RuntimeError)
    [job] = await jobs_of(redis, user)
    assert (job.status, job.tries) == (Status.FAILED, crash_limit.MAX_ATTEMPTS)
    assert "❌" in words(await user.last_from_bot())
    assert await run(dead_letters, None) == 0
    assert f"{job.id}  " in capsys.readouterr().out
    assert await run(dead_letters, ["all"]) == 0
    await next_worker.live()
    assert len(await results(user)) == 1
    assert await world.paid() - paid == 1


@pytest.mark.slow
async def test_job_that_kills_its_worker_becomes_a_dead_letter(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    dead_letters: DeadLetterStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file that crashes its decoder kills no more workers than its attempts."""
    monkeypatch.setattr(crash_limit, "MAX_ATTEMPTS", 2)
    await order(world, redis, user, "a boat")
    for _ in range(crash_limit.MAX_ATTEMPTS):
        async with begin(settings) as worker:
            with monkeypatch.context() as patch:
                kill_at(Point("while fetching", Storage, "take"), worker, patch)
                await worker.live()
    await next_worker.live()
    [job] = await jobs_of(redis, user)
    assert job.status is Status.FAILED
    [dead_letter] = await dead_letters.get_all()
    assert (dead_letter.id, dead_letter.reason) == (job.id, "its worker died")


async def test_unsendable_result_becomes_a_dead_letter_of_a_done_job(
    stored: Stored, dead_letters: DeadLetterStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result is paid for: its user gets a message that says where it is, and a retry sends it."""

    def broken(*_: Any, **__: Any) -> NoReturn:
        raise RuntimeError("a bug")

    job = await stored.make()
    async with begin(stored.settings) as worker:
        with monkeypatch.context() as bug:
            bug.setattr("worker.generation.captions.result_caption", broken)
            await worker.live(RuntimeError)
        done = await stored.read(job)
        assert (done.status, done.undelivered) == (Status.DONE, Undelivered.REFUSED)
        assert "/my" in words(await stored.user.last_from_bot())
        [dead_letter] = await dead_letters.get_all()
        assert await dead_letters.retry(dead_letter)
        await worker.live()
    sent = await stored.read(job)
    assert (sent.status, sent.undelivered, len(sent.sent_message_ids)) == (Status.DONE, None, 1)


async def test_retry_repeats_the_failed_preparation(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    dead_letters: DeadLetterStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The job becomes a dead letter in its prepare step; a retry starts from there, and it is paid once."""
    storage = Storage.open(settings.media_dir, settings.storage_url)
    order = Order(redis, world, next_worker, user, storage)
    paid = await world.paid()
    given = await order.document(encoded(Image.new("RGB", (64, 48), "green")))
    job = await order.place("fal-ai/nano-banana/edit", given)
    with monkeypatch.context() as bug:
        bug.setattr(TelegramFiles, "download", fail)
        await next_worker.live(RuntimeError)
    [dead_letter] = await dead_letters.get_all()
    assert dead_letter.id == job.id
    assert await dead_letters.retry(dead_letter)
    ended = await order.finish(job)
    assert (ended.status, await world.paid() - paid) == (Status.DONE, 1)


async def test_unknown_id_names_the_list_command(
    dead_letters: DeadLetterStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped id gets a hint where the ids are."""
    assert await run(dead_letters, ["u0"]) == 1
    assert "`darkroom dead-letters list`" in capsys.readouterr().out
