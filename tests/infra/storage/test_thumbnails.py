"""Thumbnails that the first reader makes."""

import asyncio
from pathlib import Path

import pytest
from anyio import Path as AsyncPath

from infra.errors import BrokenResult, NotStored, StorageError
from infra.storage.store import Storage
from infra.storage.thumbnails import Thumbnails

SOURCE, KEY = "images/2026/11/22/job-1.png", "images/2026/11/22/job-1.thumb.jpeg"


class Painter:
    """Draws slowly, counts its work, and fails on request."""

    def __init__(self) -> None:
        self.drawn = 0
        self.has_begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.may_end.set()
        self.failure: Exception | None = None

    async def draw(self, path: Path) -> bytes:
        self.drawn += 1
        self.has_begun.set()
        await self.may_end.wait()
        if self.failure:
            raise self.failure
        return b"small " + await AsyncPath(path).read_bytes()


@pytest.fixture(params=["folder", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return Storage.open(tmp_path / "media", "memory:///" if request.param == "memory" else None)


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
def thumbnails(painter: Painter) -> Thumbnails:
    return Thumbnails(painter.draw)


async def test_first_reader_makes_it_for_the_others(
    storage: Storage, thumbnails: Thumbnails, painter: Painter
) -> None:
    """Readers at the same time share the work; later ones, in other processes too, find it stored."""
    await storage.put(SOURCE, b"image")
    seen = await asyncio.gather(*(thumbnails.read(storage, KEY, SOURCE) for _ in range(5)))
    assert seen == [b"small image"] * 5
    assert await Thumbnails(painter.draw).read(storage, KEY, SOURCE) == b"small image"
    assert painter.drawn == 1


async def test_stored_thumbnail_needs_no_image(
    storage: Storage, thumbnails: Thumbnails, painter: Painter
) -> None:
    """One of a video, or of an older job, is read as it is; without one there is nothing to make it from."""
    await storage.put(KEY, b"older")
    assert await thumbnails.read(storage, KEY, None) == b"older"
    await storage.delete(KEY)
    with pytest.raises(NotStored):
        await thumbnails.read(storage, KEY, None)
    assert painter.drawn == 0


async def test_undecodable_image_is_tried_once(storage: Storage, tmp_path: Path) -> None:
    """Its thumbnail is empty, and stays so."""
    tried: list[Path] = []

    async def give_up(path: Path) -> bytes:
        tried.append(path)
        return b""

    await storage.put(SOURCE, b"no image")
    for _ in range(2):
        assert await Thumbnails(give_up).read(storage, KEY, SOURCE) == b""
    assert len(tried) == 1


async def test_failure_of_the_process_stores_nothing(
    storage: Storage, thumbnails: Thumbnails, painter: Painter
) -> None:
    """The next reader tries again."""
    await storage.put(SOURCE, b"image")
    painter.failure = BrokenResult("too little memory")
    with pytest.raises(BrokenResult):
        await thumbnails.read(storage, KEY, SOURCE)
    painter.failure = None
    assert await thumbnails.read(storage, KEY, SOURCE) == b"small image"


async def test_image_that_is_deleted_meanwhile_leaves_no_thumbnail(
    storage: Storage, thumbnails: Thumbnails, painter: Painter
) -> None:
    """A deletion removes the image first, then its thumbnail; nothing of it comes back."""
    await storage.put(SOURCE, b"image")
    painter.may_end.clear()
    reading = asyncio.create_task(thumbnails.read(storage, KEY, SOURCE))
    await painter.has_begun.wait()
    await storage.delete(SOURCE)
    await storage.delete(KEY)
    painter.may_end.set()
    with pytest.raises(StorageError):
        await reading
    with pytest.raises(NotStored):
        await storage.size(KEY)


async def test_reader_that_leaves_does_not_disturb_the_others(
    storage: Storage, thumbnails: Thumbnails, painter: Painter
) -> None:
    """A browser closes its connection while the thumbnail is made."""
    await storage.put(SOURCE, b"image")
    painter.may_end.clear()
    leaving, staying = (
        asyncio.create_task(thumbnails.read(storage, KEY, SOURCE)) for _ in range(2)
    )
    await painter.has_begun.wait()
    leaving.cancel()
    painter.may_end.set()
    assert await staying == b"small image"
    assert painter.drawn == 1
