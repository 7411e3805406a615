"""Jobs across restarts of workers."""

import asyncio
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.message import job_id, labels
from tests.processes import Installation, eventually, said_on_failure
from tests.user import User, create_user
from tests.valkey import ValkeyServer

PICTURES = 6

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with (
        tempfile.TemporaryDirectory() as directory,
        ValkeyServer(Path(directory)) as valkey,
        Installation(Path(directory), valkey.url, pace=0.4, chat_burst=30) as running,
    ):
        yield running


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
async def test_next_worker_finishes_the_jobs(
    installation: Installation, signum: signal.Signals
) -> None:
    """A worker ends during seven jobs; another finishes them, each paid once and delivered.

    After a stop each is delivered once. A kill between sending and recording may repeat that one message.
    """
    user = await create_user(installation.telegram_url, "Аня")
    paid_before = await paid(installation)
    async with user:
        with said_on_failure(installation):
            await user.say("/video лодка в море")
            await user.agree()
            for number in range(PICTURES):
                await user.say(f"/image дом {number}")
            await eventually(partial(has_results, user, 1), "the first result")
            installation.worker.end(signum)
            await asyncio.sleep(1)
            installation.worker.start()
            await eventually(partial(has_results, user, PICTURES + 1), "all results", 60)
            await eventually(partial(all_done, installation), "all jobs are done")
            delivered = Counter(job_id(message) for message in await results(user))
            assert len(delivered) == PICTURES + 1
            assert max(delivered.values()) <= (2 if signum is signal.SIGKILL else 1)
            assert await paid(installation) - paid_before == PICTURES + 1


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
async def test_next_worker_sends_the_album_of_a_set(
    installation: Installation, signum: signal.Signals
) -> None:
    """A worker ends while some formats of a set are ready: the next one makes the rest and sends all together.

    Each format is paid once. A kill between sending and recording may repeat the album.
    """
    user = await create_user(installation.telegram_url, "Оля")
    paid_before = await paid(installation)
    async with user:
        with said_on_failure(installation):
            await user.say("/image")
            card = await user.wait_for(lambda message: "🔲" in "".join(labels(message)))
            await user.press(card, next(label for label in labels(card) if "🔲" in label))
            await user.wait_for_text("🔲 Форматы")
            await user.say("маяк")
            await eventually(partial(waits_with_a_result, installation), "the first format", 40)
            installation.worker.end(signum)
            await asyncio.sleep(1)
            installation.worker.start()
            await user.wait_for_text("Что дальше", timeout=60)
            await eventually(partial(all_done, installation), "all jobs are done")
            albums = Counter(message.get("media_group_id") for message in await results(user))
            assert set(albums.values()) == {4}
            assert len(albums) <= (2 if signum is signal.SIGKILL else 1)
            assert await paid(installation) - paid_before == 4


async def results(user: User) -> list[Any]:
    return [message for message in await user.from_bot() if {"photo", "video"} & set(message)]


async def has_results(user: User, number: int) -> bool:
    return len(await results(user)) >= number


async def waits_with_a_result(installation: Installation) -> bool:
    """Tell whether a job of the set has its result, while another one has not."""
    async with httpx.AsyncClient(base_url=installation.api_url, trust_env=False) as http:
        jobs = (await http.get("/jobs?limit=4")).raise_for_status().json()["jobs"]
    return 0 < [job["status"] for job in jobs].count("collected") < 4


async def all_done(installation: Installation) -> bool:
    async with httpx.AsyncClient(base_url=installation.api_url, trust_env=False) as http:
        jobs = (await http.get("/jobs")).raise_for_status().json()["jobs"]
    return {job["status"] for job in jobs} == {"done"}


async def paid(installation: Installation) -> int:
    async with httpx.AsyncClient(base_url=installation.fal_url, trust_env=False) as http:
        return len((await http.get("/requests?queued=1")).raise_for_status().json())
