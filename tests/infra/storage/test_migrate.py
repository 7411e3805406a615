import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.errors import StorageError
from infra.storage.migrate import LOCK, move
from infra.storage.store import Storage
from tests.object_store import S3
from tests.processes import ROOT
from tests.terminal import DARKROOM, run_on_terminal

KEYS = [f"images/2026/11/{day}/job-1.png" for day in range(10, 20)] + ["inputs/2026/11/10/a-1.png"]


@pytest.fixture
async def folder(tmp_path: Path) -> Storage:
    storage = Storage.open(tmp_path / "media", None)
    for key in KEYS:
        (tmp_path / "file").write_bytes(key.encode())
        await storage.save(tmp_path / "file", key)
    return storage


async def _contents(storage: Storage) -> dict[str, bytes]:
    found = {}
    for kind in ("inputs", "images"):
        async for file in storage.files(kind):
            found[file.key] = b"".join([piece async for piece in storage.read(file.key)])
    return found


async def test_archive_moves_to_s3_and_back(folder: Storage, object_store: Storage) -> None:
    """Every file arrives under its key; the source is deleted only on request."""
    before = await _contents(folder)
    assert (await move(folder, object_store)).copied == len(KEYS)
    assert await _contents(folder) == await _contents(object_store) == before
    await move(folder, object_store, deletes_source=True)
    assert await _contents(folder) == {}
    await move(object_store, folder)
    assert await _contents(folder) == before


async def test_second_run_sends_missing_or_damaged_files(
    folder: Storage, object_store: Storage, tmp_path: Path
) -> None:
    """A file with the right length and the wrong bytes is sent again too."""
    await move(folder, object_store)
    await object_store.delete(KEYS[3])
    (tmp_path / "broken").write_bytes(b"?" * len(KEYS[5]))
    await object_store.save(tmp_path / "broken", KEYS[5])
    assert (await move(folder, object_store)).copied == 2
    assert await _contents(object_store) == await _contents(folder)


async def test_dry_run_changes_nothing(folder: Storage, object_store: Storage) -> None:
    """It counts what would be sent."""
    counted = await move(folder, object_store, deletes_source=True, is_dry=True)
    assert (counted.files, counted.copied) == (len(KEYS), len(KEYS))
    assert await _contents(object_store) == {}
    assert len(await _contents(folder)) == len(KEYS)


@pytest.mark.slow
@pytest.mark.parametrize(
    "spelling", ["media", "media/", "./media/../media", "link", "media/sub", "."]
)
@pytest.mark.usefixtures("folder")
async def test_storage_is_never_moved_onto_itself(tmp_path: Path, spelling: str) -> None:
    """Spelled differently, through a symlink or nested: the command refuses, and no file is deleted."""
    (tmp_path / "link").symlink_to(tmp_path / "media")
    done = await _run(tmp_path / "media", str(tmp_path / spelling), "--delete-source", cwd=tmp_path)
    assert done.returncode == 1
    assert "same place" in done.stderr or "overlap" in done.stderr
    assert len(await _contents(Storage.open(tmp_path / "media", None))) == len(KEYS)


async def test_one_bucket_at_two_addresses_is_one_storage(
    object_store: Storage, folder: Storage
) -> None:
    """Storages that list the same files are the same, whatever their addresses."""
    await move(folder, object_store)
    with pytest.raises(StorageError, match="same place"):
        await move(object_store, object_store, deletes_source=True)
    assert len(await _contents(object_store)) == len(KEYS)


async def test_only_one_run_moves_files_at_a_time(folder: Storage, object_store: Storage) -> None:
    """Two runs in opposite directions would each delete what the other has just compared."""
    await object_store.claim(LOCK, b"")
    with pytest.raises(StorageError, match="Another run"):
        await move(folder, object_store, deletes_source=True)
    assert len(await _contents(folder)) == len(KEYS)
    await object_store.delete(LOCK)
    await move(folder, object_store, deletes_source=True)
    assert len(await _contents(object_store)) == len(KEYS)
    assert await object_store.claim(LOCK, b"")


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
async def test_command_shows_progress(s3: S3, tmp_path: Path) -> None:
    """A terminal gets a progress bar for all files; a log gets only the totals."""
    target = f"{s3.storage_url}/{tmp_path.name}"
    command = (DARKROOM, "migrate-media", str(tmp_path / "media"), target)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **s3.environment}
    code, screen = await asyncio.to_thread(run_on_terminal, command, environment, tmp_path)
    assert code == 0, screen
    assert re.findall(r"(\d+)/11", screen) == ["0", "8", "11"]
    assert "100%" in screen
    assert "11 files, 11 copied, all compared." in screen
    again = await _run(tmp_path / "media", target, environment=s3.environment)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == "11 files, 0 copied, all compared.\n"


async def _run(
    source: Path,
    target: str,
    *options: str,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "infra.archive", str(source), target, *options],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **(environment or {})},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
