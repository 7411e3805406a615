from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.errors import NotStored
from infra.storage.store import Storage
from worker.operations.retention import Retention

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC).timestamp()
DAY = 24 * 3600
KEYS = [
    "inputs/2025/12/31/a-1.png",
    "images/2026/10/23/b-1.png",
    "images/2026/10/24/c-1.png",
    "videos/2026/11/23/d-1.mp4",
]


@pytest.fixture(params=["folder", "s3"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return await _filled(Storage.open(tmp_path / "media", None), tmp_path)
    return await _filled(request.getfixturevalue("object_store"), tmp_path)


async def _filled(storage: Storage, folder: Path) -> Storage:
    source = folder / "source"
    source.write_bytes(b"file")
    for key in KEYS:
        await storage.save(source, key)
    return storage


async def _kept(storage: Storage) -> list[str]:
    kept = []
    for key in KEYS:
        try:
            await storage.size(key)
        except NotStored:
            continue
        kept.append(key)
    return kept


@pytest.mark.slow
async def test_old_jobs_are_deleted(storage: Storage) -> None:
    """Thirty days ago is still kept; uploads are deleted with results."""
    assert await Retention(storage, 30, lambda: NOW).sweep() == 2
    assert await _kept(storage) == KEYS[2:]


async def test_zero_days_keep_everything(storage: Storage) -> None:
    """And read nothing."""
    assert await Retention(storage, 0, lambda: NOW + 9000 * DAY).sweep() == 0
    assert await _kept(storage) == KEYS


async def test_run_is_bounded_and_the_next_continues(storage: Storage) -> None:
    """A storage of years is not swept in one run."""
    retention = Retention(storage, 1, lambda: NOW + 9 * DAY)
    assert [await retention.sweep(most=3), await retention.sweep(most=3)] == [3, 1]
    assert await retention.sweep() == 0
    assert await _kept(storage) == []
