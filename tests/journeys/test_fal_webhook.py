"""Results by fal's webhooks. Polls are too rare here to deliver anything in time."""

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import Installation, eventually
from tests.user import User
from tests.valkey import ValkeyServer

WORDS = ("", "#twice", "#nullpayload", "#lost", "#500", "#hang")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    settings = {"image_poll_interval": "300", "image_max_wait_sec": "600"}
    with (
        tempfile.TemporaryDirectory() as directory,
        ValkeyServer(Path(directory)) as valkey,
        Installation(
            Path(directory), valkey.url, "webhook", chat_burst=40, settings=settings
        ) as running,
    ):
        yield running


async def test_images_arrive_by_webhook(installation: Installation, anya: User) -> None:
    """A webhook that is repeated, empty, or earlier than the submit's response delivers one image, paid once."""
    for word in WORDS:
        await anya.say(f"/image дом на горе {word}")
    await eventually(partial(has_photos, anya, len(WORDS)), "all pictures", 30)
    await eventually(partial(all_done, installation), "all jobs are done", 10)
    assert len(await photos(anya)) == len(WORDS)
    paid = await fetch(installation.fal_url, "/requests?queued=1")
    assert len(paid) == len({request["input_sha256"] for request in paid}) == len(WORDS)
    assert all(request["delivered"] for request in paid)


async def photos(user: User) -> list[Any]:
    return [message for message in await user.from_bot() if "photo" in message]


async def has_photos(user: User, number: int) -> bool:
    return len(await photos(user)) >= number


async def all_done(installation: Installation) -> bool:
    jobs = (await fetch(installation.api_url, "/jobs"))["jobs"]
    return {job["status"] for job in jobs} == {"done"}


async def is_done(installation: Installation, job_id: str) -> bool:
    found: str = (await fetch(installation.api_url, f"/jobs/{job_id}"))["status"]
    return found == "done"


async def fetch(base_url: str, path: str) -> Any:
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as http:
        return (await http.get(path)).raise_for_status().json()
