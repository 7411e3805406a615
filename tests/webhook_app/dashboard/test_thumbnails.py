"""Thumbnails on the dashboard."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from arq.connections import ArqRedis
from PIL import Image

from infra.storage.store import Storage
from tests.webhook_app.client import serve, settings_for
from tests.worker.jobs.test_store import request
from worker.jobs.store import JobStore
from worker.limits.limits import UNLIMITED
from worker.model import File, Job

_TOKEN = "Xr3Lq9-vT0bZ_s7Wd2Nf8Kp5Yh1Jm4Gc6Ae"
KEY, SMALL = "images/2026/11/22/a-1.png", "images/2026/11/22/a-1.thumb.jpeg"


@pytest.fixture
async def client(valkey_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = settings_for(valkey_url, api_token=_TOKEN, media_dir=tmp_path / "media")
    async with serve(settings) as client:
        origin = {"Origin": str(client.base_url).rstrip("/")}
        await client.post("/page/log-in", data={"token": _TOKEN}, headers=origin)
        yield client


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage.open(tmp_path / "media", None)


async def make(redis: ArqRedis, content_type: str = "image/png") -> Job:
    jobs = JobStore(redis, UNLIMITED, lambda: 1_700_000_000)
    job = await jobs.create(request(), "1")
    file = File(key=KEY, content_type=content_type, size=9, width=1600, height=900)
    await jobs.update_fields(job.id, files=[file])
    return job


def png() -> bytes:
    whole = io.BytesIO()
    Image.new("RGB", (1600, 900), "red").save(whole, "PNG")
    return whole.getvalue()


async def test_image_is_shown_small(
    client: httpx.AsyncClient, redis: ArqRedis, storage: Storage
) -> None:
    """The first look makes the thumbnail and stores it; the next ones read it."""
    job = await make(redis)
    await storage.put(KEY, png())
    for _ in range(2):
        shown = await client.get(f"/page/thumbnails/{job.id}")
        assert shown.headers["Content-Type"] == "image/jpeg"
        with Image.open(io.BytesIO(shown.content)) as small:
            assert small.size == (320, 180)
        assert shown.content == b"".join([part async for part in storage.read(SMALL)])
        await storage.delete(KEY)


@pytest.mark.parametrize("content", [b"no image", png()[:500]])
async def test_image_that_cannot_be_decoded_has_none(
    client: httpx.AsyncClient, redis: ArqRedis, storage: Storage, content: bytes
) -> None:
    """The row stays without an image, and the page works."""
    job = await make(redis)
    await storage.put(KEY, content)
    assert (await client.get(f"/page/thumbnails/{job.id}")).status_code == 404
    assert await storage.size(SMALL) == 0


async def test_deleted_image_has_none(client: httpx.AsyncClient, redis: ArqRedis) -> None:
    """Retention has deleted it."""
    job = await make(redis)
    assert (await client.get(f"/page/thumbnails/{job.id}")).status_code == 404


async def test_video_shows_its_stored_thumbnail_only(
    client: httpx.AsyncClient, redis: ArqRedis, storage: Storage
) -> None:
    """A video without one is not decoded here."""
    job = await make(redis, "video/mp4")
    await storage.put(KEY, b"a video")
    assert (await client.get(f"/page/thumbnails/{job.id}")).status_code == 404


async def test_decoder_with_too_little_memory_stores_nothing(
    client: httpx.AsyncClient, redis: ArqRedis, storage: Storage
) -> None:
    """A worker may still make it, for `/my`."""
    whole = io.BytesIO()
    Image.new("RGB", (7000, 7000), "red").save(whole, "PNG")
    job = await make(redis)
    await storage.put(KEY, whole.getvalue())
    assert (await client.get(f"/page/thumbnails/{job.id}")).status_code == 404
    assert [file.key async for file in storage.files("images")] == [KEY]
