"""Delivery when Telegram limits or refuses it."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from anyio import Path as AsyncPath
from arq.connections import ArqRedis

from infra.i18n import Texts
from infra.settings import Settings
from infra.storage.signed_urls import SignedLinks
from infra.storage.store import Storage
from infra.telegram.outgoing_media import shape_of
from tests.message import labels
from tests.processes import TOKEN
from tests.user import User, words
from tests.worker.generation.lives import begin
from tests.worker.generation.world import World
from worker.bot.truncate import plain_text
from worker.bot.views.result_caption import result_caption
from worker.generation import result_albums
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Job, Status

pytestmark = pytest.mark.slow


@pytest.fixture
def jobs(redis: ArqRedis) -> JobStore:
    return JobStore(redis, Limits(), time.time)


async def order(world: World, settings: Settings, redis: ArqRedis, user: User) -> None:
    """Order an image, and work until nothing is left to do."""
    await user.say("/image a boat")
    await world.enqueue(redis)
    async with begin(settings) as life:
        await life.live()


async def job_of(jobs: JobStore, user: User) -> Job:
    (job,) = (await jobs.page(user_id=user.id)).jobs
    return job


async def expect(world: World, method: str, **fault: object) -> None:
    answer = await world.http.post(f"{world.telegram_url}/faults", json={"method": method, **fault})
    assert answer.status_code == httpx.codes.NO_CONTENT


async def photos(user: User) -> int:
    return len([message for message in await user.from_bot() if "photo" in message])


@pytest.mark.parametrize("public_url", [None, "http://127.0.0.1:9"], ids=["local", "public"])
async def test_oversized_file_is_sent_as_preview_and_link(
    *,
    world: World,
    settings: Settings,
    redis: ArqRedis,
    jobs: JobStore,
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    public_url: str | None,
) -> None:
    """A link for a week to this file; without a public URL, the place where the operator finds it."""
    monkeypatch.setattr("infra.telegram.delivery.UPLOAD_BYTES", 1000)
    too_large = partial(shape_of, upload_bytes=1000)
    monkeypatch.setattr("worker.generation.downloads.shape_of", too_large)
    reachable = settings.model_copy(update={"public_url": public_url})
    await order(world, reachable, redis, user)
    (file,) = (await job_of(jobs, user)).files
    sent = (await user.from_bot())[-1]
    assert max(sent["photo"][-1]["width"], sent["photo"][-1]["height"]) <= 320
    links = [each["url"] for each in sent["caption_entities"] if each["type"] == "text_link"]
    if public_url is None:
        assert (links, file.key in words(sent)) == ([], True)
        return
    token = links[0].removeprefix(f"{public_url}/files/")
    assert SignedLinks(TOKEN, public_url).key(token) == file.key


async def test_slow_delivery_does_not_change_the_time_in_the_caption(
    world: World, settings: Settings, redis: ArqRedis, jobs: JobStore, user: User
) -> None:
    """It is the time until the result was stored, also where the caption is built again afterwards."""
    await order(world, settings, redis, user)
    job = await job_of(jobs, user)
    assert job.stored_at
    assert job.finished_at
    late = job.model_copy(update={"finished_at": job.stored_at + 60})
    (sent,) = [words(message) for message in await user.from_bot() if "photo" in message]
    assert sent == plain_text(result_caption(Texts().speaking(job.request.language), late))


async def test_card_shows_a_slow_delivery(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With its duration, and without a button to cancel what is paid for and on its way, until the result comes."""
    monkeypatch.setattr(result_albums, "NOTIFY_AFTER", -1)
    read = Storage.read

    async def read_slowly(storage: Storage, key: str) -> AsyncIterator[bytes]:
        await asyncio.sleep(8)
        async for chunk in read(storage, key):
            yield chunk

    monkeypatch.setattr(Storage, "read", read_slowly)
    ordering = asyncio.create_task(order(world, settings, redis, user))
    await user.wait_for_text("📤 Sending it to you.", timeout=20)
    card = await user.wait_for_text("📤 Sending it to you.\n5 s so far.", timeout=20)
    assert not labels(card)
    await ordering
    (result,) = [message for message in await user.from_bot() if "photo" in message]
    assert result["message_id"] != card["message_id"]


async def test_local_bot_api_server_takes_larger_files(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With tg_api_local a file is sent that would be a link otherwise."""
    monkeypatch.setattr("infra.telegram.delivery.UPLOAD_BYTES", 1000)
    own = settings.model_copy(update={"tg_api_local": True})
    await order(world, own, redis, user)
    sent = (await user.from_bot())[-1]
    assert max(sent["photo"][-1]["width"], sent["photo"][-1]["height"]) > 320


async def test_flood_limit_delays_the_delivery(
    world: World, settings: Settings, redis: ArqRedis, jobs: JobStore, user: User
) -> None:
    """It is sent once, after the seconds that Telegram names."""
    await expect(world, "editMessageMedia", status=429, retry_after=1, chat_id=user.id)
    await order(world, settings, redis, user)
    assert (await job_of(jobs, user)).status is Status.DONE
    assert await photos(user) == 1


async def test_result_for_a_user_who_blocked_the_bot_is_kept(
    world: World, settings: Settings, redis: ArqRedis, jobs: JobStore, user: User
) -> None:
    """Nothing is sent; the files stay with the job."""
    forbidden = {"status": 403, "description": "bot was blocked by the user"}
    for method in ("editMessageMedia", "sendPhoto"):
        await expect(world, method, **forbidden, chat_id=user.id)
    await order(world, settings, redis, user)
    job = await job_of(jobs, user)
    assert job.status is Status.DONE
    assert job.files
    assert await photos(user) == 0


async def test_result_deleted_during_a_flood_wait_ends_its_job(
    world: World, settings: Settings, redis: ArqRedis, jobs: JobStore, user: User
) -> None:
    """The user gets a message, and the delivery is not retried for ever."""
    await expect(world, "editMessageMedia", status=429, retry_after=1, chat_id=user.id)
    deleting = asyncio.create_task(_delete_results(settings.media_dir))
    await order(world, settings, redis, user)
    deleting.cancel()
    job = await job_of(jobs, user)
    assert (job.status, job.failure) == (Status.FAILED, "result_gone")
    assert "❌" in (await user.last_from_bot())["text"]


async def _delete_results(folder: Path) -> None:
    while True:
        async for path in AsyncPath(folder).glob("images/**/*.*"):
            await path.unlink(missing_ok=True)
        await asyncio.sleep(0.01)


async def test_migrated_group_gets_the_result_in_its_new_chat(
    world: World, settings: Settings, redis: ArqRedis, jobs: JobStore, user: User
) -> None:
    """The job stores the new chat id, and all later messages go there."""
    async with httpx.AsyncClient(base_url=world.telegram_url, trust_env=False) as http:
        made = await http.post("/users", json={"first_name": "Moved", "language_code": "en"})
    moved = made.json()["id"]
    async with User(world.telegram_url, moved) as newcomer:
        await newcomer.say("/start")
        await world.enqueue(redis)
        fault = {"status": 400, "description": "group chat was upgraded", "chat_id": user.id}
        await expect(world, "editMessageMedia", **fault, migrate_to_chat_id=moved)
        await order(world, settings, redis, user)
        assert (await job_of(jobs, user)).status is Status.DONE
        assert await photos(newcomer) == 1
        assert await photos(user) == 0
