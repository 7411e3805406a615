import asyncio
import os
import time
from pathlib import Path

from infra.storage.partial_files import ABANDONED_AFTER, remove_abandoned, swept


def make(path: Path, age: float) -> Path:
    path.write_bytes(b"part")
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_what_nobody_writes_any_more_is_removed(tmp_path: Path) -> None:
    """By its age: another process may be writing beside it. Folders are nobody's partial files."""
    old = make(tmp_path / ".a.png.x.part", ABANDONED_AFTER + 60)
    new = make(tmp_path / ".b.png.y.part", ABANDONED_AFTER - 60)
    (tmp_path / "folder").mkdir()
    assert remove_abandoned(tmp_path) == 1
    assert (old.exists(), new.exists()) == (False, True)
    assert remove_abandoned(tmp_path / "nowhere") == 0


async def test_a_process_sweeps_when_it_starts(tmp_path: Path) -> None:
    """And goes on while a folder cannot be read."""
    old = make(tmp_path / "part", ABANDONED_AFTER + 60)
    async with swept(tmp_path), asyncio.timeout(5):
        while old.exists():  # noqa: ASYNC110 - it is another's work
            await asyncio.sleep(0.01)
