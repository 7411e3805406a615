import random
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from loguru import logger

from infra.storage.signed_urls import SignedLinks
from infra.storage.store import Storage
from tests.clock import Clock
from tests.valkey import ValkeyServer
from tests.webhook_app.client import TOKEN, serve, settings_for

KEY = "images/2026/11/22/abc-1.png"
CONTENT = random.Random(1).randbytes(600_000)  # noqa: S311 - the same each time


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def links(clock: Clock) -> SignedLinks:
    return SignedLinks(TOKEN, "", clock)


@pytest.fixture(scope="module")
async def client(
    valkey: ValkeyServer, clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    folder: Path = tmp_path_factory.mktemp("media")
    file = folder / "content"
    file.write_bytes(CONTENT)
    storage = Storage.open(folder, None)
    for key in (KEY, "secrets/a.png"):
        await storage.save(file, key)
    async with serve(settings_for(valkey.url, media_dir=folder), clock) as client:
        yield client


async def test_link_serves_the_whole_file(client: httpx.AsyncClient, links: SignedLinks) -> None:
    """With its type and name, as a download that no cache keeps."""
    answer = await client.get(links.url(KEY, 60))
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == 'attachment; filename="abc-1.png"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    head = await client.head(links.url(KEY, 60))
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(CONTENT)))


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=599990-", 599_990, 600_000),
        ("bytes=-5", 599_995, 600_000),
        ("bytes=100-900000", 100, 600_000),
        ("bytes=-900000", 0, 600_000),
    ],
)
async def test_range_request_gets_its_part(
    client: httpx.AsyncClient, links: SignedLinks, asked: str, start: int, stop: int
) -> None:
    """As a player needs when it seeks, and a download when it resumes."""
    answer = await client.get(links.url(KEY, 60), headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, CONTENT[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/600000"
    assert answer.headers["content-length"] == str(stop - start)


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "bytes=-", "bytes=9-1", "lines=1-2", "nonsense"]
)
async def test_unsupported_range_gets_the_whole_file(
    client: httpx.AsyncClient, links: SignedLinks, asked: str
) -> None:
    """The standard allows it; the same for a range with an unknown version."""
    answer = await client.get(links.url(KEY, 60), headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, len(CONTENT))
    condition = {"Range": "bytes=0-9", "If-Range": '"a-version"'}
    assert (await client.get(links.url(KEY, 60), headers=condition)).status_code == 200


@pytest.mark.parametrize("asked", ["bytes=600000-", "bytes=-0"])
async def test_unsatisfiable_range_is_refused(
    client: httpx.AsyncClient, links: SignedLinks, asked: str
) -> None:
    """The refusal names the file's length."""
    answer = await client.get(links.url(KEY, 60), headers={"Range": asked})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */600000")


async def test_invalid_link_is_not_found(
    client: httpx.AsyncClient, links: SignedLinks, clock: Clock
) -> None:
    """A forged or expired link, or one to a file that is not shared or not stored: 404, and no log has the token."""
    said: list[str] = []
    listener = logger.add(said.append, level="DEBUG")
    expired = links.url(KEY, 5)
    clock.advance(6)
    addresses = [
        expired,
        links.url("secrets/a.png", 60),
        links.url("images/2026/11/22/gone-1.png", 60),
        links.url(KEY, 60)[:-3] + "abc",
        SignedLinks("1:other", "", clock).url(KEY, 60),
        "/files/nonsense",
        "/files/%00.%ff",
    ]
    try:
        answers = [await client.get(address) for address in addresses]
    finally:
        logger.remove(listener)
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert not any(address.rpartition("/")[2] in "".join(said) for address in addresses)


async def test_without_public_url_or_token_no_file_is_shared(valkey_url: str) -> None:
    """Anybody could sign with an empty key."""
    polling = {"tg_update_mode": "polling", "tg_webhook_secret": None}
    for missing in ({"public_url": None}, {"tg_bot_token": None}):
        async with serve(settings_for(valkey_url, **polling | missing)) as client:
            answer = await client.get(SignedLinks("", "").url(KEY, 60))
            assert answer.status_code == 404
            assert "There is nothing at this address" in answer.json()["detail"]
