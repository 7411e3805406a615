"""Downloads of paid results while fal's file server or our disk fails."""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from arq.connections import ArqRedis

from infra.fal.client import FalClient
from infra.i18n import Texts
from infra.settings import Settings
from tests.infra.full_disk import full_disk
from tests.infra.loopback import unused_url
from tests.message import labels
from tests.user import words
from tests.worker.generation.studio import Studio
from tests.worker.jobs.test_store import request
from worker.bot.views.card import Card
from worker.bot.views.job_card import progress_card
from worker.composition import compose
from worker.jobs.refetch import fetch_again
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Job, Problem, Status
from worker.queues.names import Queue, Task

NOWHERE = unused_url()
FETCH = "⬇️ Download again"
PAGE = "<!doctype html><title>Maintenance</title>"
ANSWERS: list[dict[str, Any]] = [
    *({"status": status} for status in (400, 401, 403, 404, 409, 410, 451, 500, 503)),
    {"status": 302, "location": "https://example.org/a.png"},
    {"status": 302, "location": "/"},
    {"status": 200, "body": PAGE},
    {"status": 200, "body": ""},
    {"status": 200, "cut": True},
    {"status": 200, "half": True},
    {"status": 200, "drop": True},
    {"bomb": True},
]


@pytest.mark.parametrize("job_id", ["../../outside", "/outside", ".hidden", "a\\b", "a/../../b"])
async def test_job_id_with_a_path_is_refused(
    redis: ArqRedis, valkey_url: str, tmp_path: Path, job_id: str
) -> None:
    """Even if Redis has one: nothing is downloaded and no file is made, inside or outside media_dir."""
    settings = Settings(
        _env_file=None,
        redis_url=valkey_url,
        tg_bot_token="1:token",
        tg_api_base=NOWHERE,
        fal_queue_base_url=NOWHERE,
        fal_rest_base_url=NOWHERE,
        media_dir=tmp_path / "media",
    )
    jobs = JobStore(redis, Limits(), time.time, lambda: job_id)
    job = await jobs.create(request(), "update-1")
    urls = (f"{NOWHERE}/a.png",)
    await jobs.move(job, {Status.CREATED}, Status.COMPLETED, due=None, result_urls=urls)
    async with AsyncExitStack() as stack:
        work = compose(Queue.IMAGES, settings, redis, stack)
        with pytest.raises(ValueError, match="invalid storage key"):
            await work[Task.COLLECT](job_id)
    assert [file for _, _, files in os.walk(tmp_path) for file in files] == []


def card_of(job: Job) -> Card:
    return progress_card(Texts(), job, job.updated_at)


def files_in(folder: Path) -> list[str]:
    return sorted(file for _, _, files in os.walk(folder) for file in files)


@pytest.mark.slow
@pytest.mark.usefixtures("short_steps")
@pytest.mark.parametrize("answer", ANSWERS, ids=repr)
async def test_any_error_of_the_file_server_delays_the_result(
    studio: Studio, answer: dict[str, Any]
) -> None:
    """The card says so, and the whole file is there in the end."""
    job = await studio.finished()
    # The immediate retries get the same answer.
    await studio.disturb("cdn", times=99, **answer)
    waiting = await studio.collect(job)
    assert (waiting.status, waiting.tries) == (Status.COMPLETED, 0)
    assert waiting.problem
    assert 0 < await studio.next_try(job) < 2
    said = (
        "comes damaged"
        if "half" in answer
        else "cannot be downloaded yet. I keep trying for 30 min."
    )
    assert said in await studio.card()
    await studio.calm()
    fetched = await studio.collect(job)
    assert (fetched.status, fetched.problem) == (Status.COLLECTED, None)
    (file,) = fetched.files
    assert (studio.media / file.key).stat().st_size == file.size
    assert files_in(studio.media / ".incoming") == []


async def test_photo_is_stored_without_a_thumbnail(studio: Studio) -> None:
    """Telegram makes its own of a photo; ours is made when somebody looks."""
    fetched = await studio.collect(await studio.finished())
    (file,) = fetched.files
    assert file.thumbnail is None
    assert files_in(studio.media / "images") == [Path(file.key).name]


async def test_redirect_within_fal_is_followed(studio: Studio) -> None:
    """A redirect is not an error."""
    fetched = await studio.collect(await studio.finished("a cat #moved"))
    assert fetched.status is Status.COLLECTED


@pytest.mark.slow
async def test_card_shows_the_download(studio: Studio) -> None:
    """The card shows the download and its duration; then the result comes."""
    job = await studio.finished()
    await studio.disturb("cdn", status=200, delay=7)
    collecting = asyncio.create_task(studio.collect(job))
    await studio.user.wait_for_text("⬇️ Ready, downloading.")
    await studio.user.wait_for_text("⬇️ Ready, downloading.\n5 s so far.")
    assert (await collecting).status is Status.COLLECTED


@pytest.mark.slow
async def test_slow_download_is_retried(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is aborted in time for the step to end normally, so that it counts as no worker death."""
    defaults: dict[str, Any] = FalClient.download_result.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "max_seconds", 0.5)
    job = await studio.finished()
    await studio.disturb("cdn", status=200, drip=1)
    waiting = await studio.collect(job)
    assert (waiting.status, waiting.tries) == (Status.COMPLETED, 0)
    assert (await studio.collect(job)).status is Status.COLLECTED


async def test_retry_after_of_the_file_server_is_bounded(studio: Studio) -> None:
    """A day is longer than the job's deadline."""
    job = await studio.finished()
    await studio.disturb("cdn", status=503, retry_after="86400")
    await studio.collect(job)
    assert 50 < await studio.next_try(job) <= 60


async def test_failed_download_can_be_repeated_for_free(
    studio: Studio,
) -> None:
    """After half an hour the card gives the reason; the button downloads the file without another charge."""
    job = await studio.finished()
    await studio.jobs.update_fields(job.id, deadline=1)
    await studio.disturb("cdn", status=403, times=3)
    failed = await studio.collect(job)
    assert (failed.status, failed.failure) == (Status.FAILED, "result_unreachable")
    card = await studio.user.last_from_bot()
    assert "could not be downloaded for half an hour. It is paid for." in words(card)
    assert labels(card) == [FETCH]
    paid = await studio.world.paid()
    assert await fetch_again(studio.jobs, failed)
    assert not await fetch_again(studio.jobs, failed)
    begun = await studio.read(job)
    assert (begun.status, begun.failure) == (Status.COMPLETED, None)
    assert (await studio.collect(begun)).status is Status.COLLECTED
    assert await studio.world.paid() == paid


async def test_damaged_file_ends_the_job_soon(studio: Studio) -> None:
    """The same damaged file again and again: half an hour would not change it."""
    job = await studio.finished("a cat #badimage")
    waiting = await studio.collect(job)
    assert waiting.status is Status.COMPLETED
    assert waiting.problem
    earlier = waiting.problem.model_copy(update={"since": waiting.problem.since - 31})
    await studio.jobs.update_fields(job.id, problem=earlier)
    failed = await studio.collect(job)
    assert (failed.status, failed.failure) == (Status.FAILED, "broken_result")


async def test_differently_truncated_files_are_retried(studio: Studio) -> None:
    """Two truncated files of different lengths do not prove that fal's file is damaged."""
    job = await studio.finished()
    await studio.jobs.update_fields(
        job.id, problem=Problem(kind="broken_result", since=1, digest="another")
    )
    await studio.disturb("cdn", status=200, half=True)
    assert (await studio.collect(job)).status is Status.COMPLETED
    assert (await studio.collect(job)).status is Status.COLLECTED


@pytest.mark.slow
async def test_missing_result_does_not_withhold_the_others(studio: Studio) -> None:
    """One missing file delays the others by half an hour at most."""
    job = await studio.finished(count=2)
    missing = f"{studio.world.fal_url}/files/no-such-file.png"
    await studio.jobs.update_fields(job.id, result_urls=(*job.result_urls, missing))
    assert (await studio.collect(job)).status is Status.COMPLETED
    await studio.jobs.update_fields(job.id, deadline=1)
    fetched = await studio.collect(job)
    assert (fetched.status, len(fetched.files)) == (Status.COLLECTED, 2)


class TestADiskProblem:
    """A disk error is retried like a download error, and never counts as a worker death."""

    async def collect_without_room(self, silent_studio: Studio, job: Job) -> Job:
        with full_disk(1000):
            return await silent_studio.collect(job)

    async def test_full_disk_is_retried(self, silent_studio: Studio) -> None:
        """More often than the five worker deaths that a job may have; then there is space again."""
        job = await silent_studio.finished()
        for _ in range(7):
            job = await self.collect_without_room(silent_studio, job)
            assert (job.status, job.tries) == (Status.COMPLETED, 0)
        assert "cannot be saved yet: the storage is full" in card_of(job).text
        assert (await silent_studio.collect(job)).status is Status.COLLECTED
        assert files_in(silent_studio.media / ".incoming") == []

    async def test_full_disk_is_the_reason_of_the_failure(self, silent_studio: Studio) -> None:
        """The card does not blame the service; the paid result can be downloaded later."""
        job = await silent_studio.finished()
        await silent_studio.jobs.update_fields(job.id, deadline=1)
        failed = await self.collect_without_room(silent_studio, job)
        assert (failed.status, failed.failure) == (Status.FAILED, "result_unstored")
        card = card_of(failed)
        assert "could not be saved: the storage is full" in card.text
        assert card.keyboard
        assert [key.text for row in card.keyboard.inline_keyboard for key in row] == [FETCH]

    @pytest.mark.slow
    @pytest.mark.parametrize("folder", [".incoming", "images"])
    async def test_unwritable_folder_is_retried(self, silent_studio: Studio, folder: str) -> None:
        """The download folder and the storage folder."""
        job = await silent_studio.finished()
        place = silent_studio.media / folder
        place.parent.mkdir(exist_ok=True)
        place.touch()
        waiting = await silent_studio.collect(job)
        assert (waiting.status, waiting.tries) == (Status.COMPLETED, 0)
        assert waiting.problem
        assert waiting.problem.kind == "result_unstored"
        place.unlink()
        assert (await silent_studio.collect(job)).status is Status.COLLECTED
