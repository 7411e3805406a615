"""An update or a job that cannot be done is set aside, its chat goes on, and it is done once its cause is mended."""

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
from worker.bot.services.job_requests import Orders
from worker.generation import attempts
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


async def test_an_update_that_always_raises_is_set_aside_and_its_chat_goes_on(
    world: World,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    dead_letters: DeadLetterStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The person is told, the operator finds it with its reason, and retries it when the bug is mended."""
    with monkeypatch.context() as bug:
        bug.setattr(Orders, "place", fail)
        await order(world, redis, user, "a boat")
        await user.say("/help")
        await world.enqueue(redis)
        await next_worker.live()
    apology, answer = [words(message) for message in await user.from_bot()]
    assert "broke on my side" in apology
    assert "/image" in answer
    [dead_letter] = await dead_letters.get_all()
    assert (dead_letter.chat, dead_letter.reason) == (str(user.id), "RuntimeError")
    assert await dead_letters.retry(dead_letter)
    assert not await dead_letters.retry(dead_letter)
    await next_worker.live()
    assert len(await results(user)) == 1
    assert await dead_letters.count() == 0


async def test_an_update_that_kills_its_worker_is_set_aside_and_its_chat_goes_on(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    dead_letters: DeadLetterStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So many deaths are no chance: the next worker passes it over and handles what waits behind it."""
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


async def test_a_job_that_always_raises_is_set_aside_and_its_user_told(
    world: World,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    dead_letters: DeadLetterStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It fails after its tries; retried by the command it goes on from the step that failed, and is not paid again."""
    paid = await world.paid()
    with monkeypatch.context() as bug:
        # A step that raises ends like one whose worker died: its lease runs out.
        bug.setattr(Storage, "save", fail)
        await order(world, redis, user, "a boat")
        await next_worker.live(RuntimeError)
    [job] = await jobs_of(redis, user)
    assert (job.status, job.tries) == (Status.FAILED, attempts.MAX_ATTEMPTS)
    assert "❌" in words(await user.last_from_bot())
    assert await run(dead_letters, None) == 0
    assert f"{job.id}  " in capsys.readouterr().out
    assert await run(dead_letters, ["all"]) == 0
    await next_worker.live()
    assert len(await results(user)) == 1
    assert await world.paid() - paid == 1


async def test_a_job_that_kills_its_worker_is_set_aside(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    dead_letters: DeadLetterStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file that crashes its decoder takes no worker more than its tries."""
    monkeypatch.setattr(attempts, "MAX_ATTEMPTS", 2)
    await order(world, redis, user, "a boat")
    for _ in range(attempts.MAX_ATTEMPTS):
        async with begin(settings) as worker:
            with monkeypatch.context() as patch:
                kill_at(Point("while fetching", Storage, "save"), worker, patch)
                await worker.live()
    await next_worker.live()
    [job] = await jobs_of(redis, user)
    assert job.status is Status.FAILED
    [dead_letter] = await dead_letters.get_all()
    assert (dead_letter.id, dead_letter.reason) == (job.id, "its worker died")


async def test_a_result_that_cannot_be_sent_is_set_aside_and_its_job_done(
    stored: Stored, dead_letters: DeadLetterStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made and paid for: its person hears where it is, and a retry sends it."""

    def broken(*_: Any, **__: Any) -> NoReturn:
        raise RuntimeError("a bug")

    job = await stored.make()
    async with begin(stored.settings) as worker:
        with monkeypatch.context() as bug:
            bug.setattr("worker.generation.deliver.result_caption", broken)
            await worker.live(RuntimeError)
        done = await stored.read(job)
        assert (done.status, done.undelivered) == (Status.DONE, Undelivered.REFUSED)
        assert "/my" in words(await stored.user.last_from_bot())
        [dead_letter] = await dead_letters.get_all()
        assert await dead_letters.retry(dead_letter)
        await worker.live()
    sent = await stored.read(job)
    assert (sent.status, sent.undelivered, len(sent.sent_message_ids)) == (Status.DONE, None, 1)


async def test_a_picture_that_breaks_its_step_is_prepared_anew_when_that_is_mended(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    dead_letters: DeadLetterStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Set aside like any other step; retried it begins with the preparing, and is paid once."""
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


async def test_an_unknown_id_is_said(
    dead_letters: DeadLetterStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever mistypes an id learns where the right ones stand."""
    assert await run(dead_letters, ["u0"]) == 1
    assert "`list`" in capsys.readouterr().out
