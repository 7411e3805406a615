import asyncio
import errno
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.errors import NotStored, StorageError
from infra.storage.store import Storage, key_for
from tests.infra.loopback import serve, unused_url
from tests.object_store import S3

DAY = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
KEY = "images/2026/11/22/job-1.png"


@pytest.fixture
def media_dir(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture(params=["folder", "memory", "s3"])
def storage(request: pytest.FixtureRequest, media_dir: Path) -> Storage:
    """Every kind of storage has the same contract."""
    if request.param == "s3":
        return cast("Storage", request.getfixturevalue("object_store"))
    return Storage.open(media_dir, "memory:///" if request.param == "memory" else None)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


async def _read(storage: Storage, key: str) -> bytes:
    return b"".join([chunk async for chunk in storage.read(key)])


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "fetched"
    path.write_bytes(content)
    return path


async def test_saved_file_is_read(storage: Storage, tmp_path: Path) -> None:
    """The bytes are read back in pieces, complete, with their size."""
    content = bytes(range(256)) * 20_000
    await storage.save(_file(tmp_path, content), KEY)
    assert await _read(storage, KEY) == content
    assert await storage.size(KEY) == len(content)


async def test_taken_file_is_moved(storage: Storage, tmp_path: Path) -> None:
    """The storage has the bytes, in place of an older file's; nothing stays where they were."""
    await storage.save(_file(tmp_path, b"a longer first"), KEY)
    source = _file(tmp_path, b"second")
    await storage.take(source, KEY)
    assert await _read(storage, KEY) == b"second"
    assert not source.exists()


async def test_file_of_another_file_system_is_taken(
    media_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file that cannot be renamed into the folder is copied."""

    def refuse(_path: Path, _target: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    source = _file(tmp_path, b"picture")
    monkeypatch.setattr(Path, "replace", refuse)
    await Storage.open(media_dir, None).take(source, KEY)
    assert (media_dir / KEY).read_bytes() == b"picture"
    assert not source.exists()


async def test_failed_take_keeps_both_files(media_dir: Path, tmp_path: Path) -> None:
    """If the folder cannot be written, the file stays where it is, and so does the stored one."""
    storage = Storage.open(media_dir, None)
    await storage.save(_file(tmp_path, b"first"), "images/a")
    source = _file(tmp_path, b"second")
    with pytest.raises(StorageError):
        await storage.take(source, "images/a/b.png")
    assert source.read_bytes() == b"second"
    assert await _read(storage, "images/a") == b"first"


async def test_reader_of_a_replaced_file_gets_one_version(storage: Storage, tmp_path: Path) -> None:
    """A file that is replaced while it is read is read to its own end."""
    versions = [bytes([letter]) * 4_000_000 for letter in (1, 2)]
    await storage.save(_file(tmp_path, versions[0]), KEY)
    reading = storage.read(KEY)
    seen = await anext(reading)
    await storage.take(_file(tmp_path, versions[1]), KEY)
    assert seen + b"".join([chunk async for chunk in reading]) == versions[0]
    assert await _read(storage, KEY) == versions[1]


async def test_file_on_disk_has_the_bytes(storage: Storage, tmp_path: Path) -> None:
    """A decoder gets a path, whatever the storage is; a missing file is an error."""
    await storage.save(_file(tmp_path, b"picture"), KEY)
    async with storage.on_disk(KEY) as path:
        assert path.read_bytes() == b"picture"
    assert await _read(storage, KEY) == b"picture"
    with pytest.raises(NotStored):
        await storage.on_disk("images/none.png").__aenter__()


async def test_result_is_stored_in_a_folder_of_its_day(media_dir: Path, tmp_path: Path) -> None:
    """An operator finds a file by date and job id with `ls`."""
    await Storage.open(media_dir, None).save(_file(tmp_path, b"picture"), KEY)
    assert (media_dir / KEY).read_bytes() == b"picture"
    assert _names((media_dir / KEY).parent) == ["job-1.png"]


async def test_range_is_read(storage: Storage, tmp_path: Path) -> None:
    """From one byte to before another: what a player requests when a user seeks."""
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 2000)
    await storage.save(source, "videos/a.mp4")
    part = b"".join([chunk async for chunk in storage.read("videos/a.mp4", (300, 400_001))])
    assert part == source.read_bytes()[300:400_001]


async def test_key_is_overwritten_as_a_whole(storage: Storage, tmp_path: Path) -> None:
    """A second save replaces the first file, without the tail of a longer one."""
    await storage.save(_file(tmp_path, b"a longer first"), KEY)
    await storage.save(_file(tmp_path, b"second"), KEY)
    assert await _read(storage, KEY) == b"second"


async def test_reader_never_sees_a_partial_file(media_dir: Path, tmp_path: Path) -> None:
    """While a large file is rewritten repeatedly, each read returns one version or the other."""
    storage = Storage.open(media_dir, None)
    versions = [bytes([letter]) * 8_000_000 for letter in (1, 2)]
    paths = [tmp_path / "1", tmp_path / "2"]
    for path, content in zip(paths, versions, strict=True):
        path.write_bytes(content)
    await storage.save(paths[0], KEY)

    async def write() -> None:
        for path in (paths * 3)[1:]:
            await storage.save(path, KEY)

    writing = asyncio.create_task(write())
    looks = 0
    while not writing.done():
        seen = await asyncio.to_thread((media_dir / KEY).read_bytes)
        assert seen in versions
        looks += 1
    await writing
    assert looks > 1


async def test_failed_save_keeps_the_previous_file(storage: Storage, tmp_path: Path) -> None:
    """A missing source is an error and destroys nothing."""
    await storage.save(_file(tmp_path, b"first"), KEY)
    with pytest.raises(StorageError):
        await storage.save(tmp_path / "gone", KEY)
    assert await _read(storage, KEY) == b"first"


async def test_object_store_keeps_results_under_its_prefix(
    object_store: Storage, s3: S3, media_dir: Path, tmp_path: Path
) -> None:
    """Several installations can share a bucket; a health check leaves nothing."""
    storage = Storage.open(media_dir, s3.storage_url)
    await storage.check()
    await storage.save(_file(tmp_path, b"picture"), KEY)
    whole = Storage.open(media_dir, "s3://bucket")
    assert await _read(whole, f"team/{KEY}") == b"picture"
    assert not [file.key async for file in whole.files("team") if "probe" in file.key]


async def test_large_file_is_uploaded_in_parts(
    object_store: Storage, s3: S3, media_dir: Path, tmp_path: Path
) -> None:
    """S3 reports the number of parts: one part is in memory at a time."""
    storage = Storage.open(media_dir, s3.storage_url)
    content = os.urandom(12_000_000)
    await storage.save(_file(tmp_path, content), KEY)
    async with httpx.AsyncClient(trust_env=False) as http:
        stored = await http.head(f"{s3.url}/bucket/team/{KEY}")
    assert stored.headers["ETag"].endswith('-3"')
    assert await _read(storage, KEY) == content


async def test_files_are_listed_below_a_folder(storage: Storage, tmp_path: Path) -> None:
    """They have their sizes, and files outside the folder are absent."""
    for number in range(3):
        await storage.save(_file(tmp_path, b"x" * number), f"images/2026/11/22/job-{number}.png")
    await storage.save(_file(tmp_path, b"else"), "videos/2026/11/22/job-9.mp4")
    found = {file.key: file.size async for file in storage.files("images")}
    assert found == {f"images/2026/11/22/job-{number}.png": number for number in range(3)}
    assert await storage.folders("images/2026") == ["images/2026/11"]


async def test_many_files_are_deleted_at_once(storage: Storage, tmp_path: Path) -> None:
    """Keys that do not exist are ignored."""
    keys = [f"images/2026/11/22/job-{number}.png" for number in range(3)]
    for key in keys[1:]:
        await storage.save(_file(tmp_path, b"x"), key)
    await storage.delete_many(keys)
    assert [file async for file in storage.files("images")] == []


async def test_object_store_errors_are_storage_failures(
    credentials: None, monkeypatch: pytest.MonkeyPatch, media_dir: Path, tmp_path: Path
) -> None:
    """A 500 is retried briefly, and then raised as a storage failure."""

    async def fail(request: Request) -> Response:
        return Response("<Error><Code>InternalError</Code></Error>", 500)

    methods = ["GET", "HEAD", "PUT", "POST", "DELETE"]
    async with serve(Starlette(routes=[Route("/{path:path}", fail, methods=methods)])) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        storage = Storage.open(media_dir, "s3://bucket/team")
        with pytest.raises(StorageError, match="cannot be written"):
            await storage.save(_file(tmp_path, b"picture"), KEY)
        with pytest.raises(StorageError, match="cannot be read"):
            await _read(storage, KEY)


async def test_unreachable_object_store_is_reported_soon(
    credentials: None, monkeypatch: pytest.MonkeyPatch, media_dir: Path
) -> None:
    """A health check waits seconds, not minutes."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", unused_url())
    storage = Storage.open(media_dir, "s3://bucket/team")
    async with asyncio.timeout(10):
        with pytest.raises(StorageError, match="cannot be written"):
            await storage.check()


async def test_missing_file_is_reported(storage: Storage) -> None:
    """A missing result differs from a storage failure."""
    with pytest.raises(NotStored):
        await _read(storage, KEY)
    with pytest.raises(NotStored):
        await storage.size(KEY)


async def test_deleting_a_missing_file_is_not_an_error(storage: Storage, tmp_path: Path) -> None:
    """Two cleaners may run at once."""
    await storage.save(_file(tmp_path, b"picture"), KEY)
    await storage.delete(KEY)
    await storage.delete(KEY)
    with pytest.raises(NotStored):
        await storage.size(KEY)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        "images/../../x",
        "images//a",
        "a/",
        "a\\b",
        "a/.b",
        "a\0",
        "a b",
    ],
)
async def test_no_key_escapes_the_root(storage: Storage, tmp_path: Path, key: str) -> None:
    """Only names and slashes are valid in a key, also for reading."""
    with pytest.raises(ValueError, match="invalid storage key"):
        await storage.save(_file(tmp_path, b"x"), key)
    with pytest.raises(ValueError, match="invalid storage key"):
        await _read(storage, key)
    with pytest.raises(ValueError, match="invalid storage key"):
        await storage.size(key)
    with pytest.raises(ValueError, match="invalid storage key"):
        await storage.delete(key)


async def test_check_leaves_nothing(media_dir: Path) -> None:
    """The health check runs every few seconds."""
    await Storage.open(media_dir, None).check()
    assert _names(media_dir) == []


@pytest.fixture
def lost_storage(media_dir: Path) -> Storage:
    storage = Storage.open(media_dir, None)
    media_dir.rmdir()
    media_dir.write_text("in the way")
    return storage


async def test_check_finds_an_unwritable_storage(lost_storage: Storage) -> None:
    """A file at the folder's path is found before a result is lost."""
    with pytest.raises(StorageError, match="cannot be written"):
        await lost_storage.check()


@pytest.mark.parametrize("url", ["nonsense", "gopher://x", "s3:"])
def test_invalid_storage_url_names_the_setting(media_dir: Path, url: str) -> None:
    """A typing error in .env is reported at start."""
    with pytest.raises(StorageError, match="storage_url"):
        Storage.open(media_dir, url)


def test_folder_that_cannot_be_created_names_the_setting(tmp_path: Path) -> None:
    """media_dir is reported too."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="media_dir"):
        Storage.open(tmp_path / "file" / "media", None)


def test_key_has_kind_day_job_and_number() -> None:
    """The day is that of the job's creation."""
    assert key_for("images", "01k3x", 1, "png", DAY) == "images/2026/11/22/01k3x-1.png"
    assert key_for("videos", "01k3x", 2, "mp4", DAY) == "videos/2026/11/22/01k3x-2.mp4"


@pytest.mark.parametrize(("job_id", "extension"), [("../x", "png"), ("a", "p/../ng"), ("", "png")])
def test_key_parts_are_validated(job_id: str, extension: str) -> None:
    """An id or an extension with a path in it is refused."""
    with pytest.raises(ValueError, match="invalid storage key"):
        key_for("images", job_id, 1, extension, DAY)
