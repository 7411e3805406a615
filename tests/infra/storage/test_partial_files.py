import asyncio
import os
import time
from pathlib import Path

from infra.storage.partial_files import ABANDONED_AFTER, remove_abandoned, swept


def make(path: Path, age: float) -> Path:
    path.write_bytes(b"part")
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_abandoned_partial_files_are_removed(tmp_path: Path) -> None:
    """By age: another process may be writing. Folders are not partial files."""
    old = make(tmp_path / ".a.png.x.part", ABANDONED_AFTER + 60)
    new = make(tmp_path / ".b.png.y.part", ABANDONED_AFTER - 60)
    (tmp_path / "folder").mkdir()
    assert remove_abandoned(tmp_path) == 1
    assert (old.exists(), new.exists()) == (False, True)
    assert remove_abandoned(tmp_path / "nowhere") == 0


async def test_process_sweeps_on_start(tmp_path: Path) -> None:
    """The sweep continues when a folder cannot be read."""
    old = make(tmp_path / "part", ABANDONED_AFTER + 60)
    async with swept(tmp_path), asyncio.timeout(5):
        while old.exists():  # noqa: ASYNC110 - another task's work
            await asyncio.sleep(0.01)
