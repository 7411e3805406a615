import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.errors import NotStored, StorageError
from infra.storage import Storage, key_for
from tests.infra.loopback import serve, unused_url

DAY = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
KEY = "images/2026/11/22/job-1.png"


@pytest.fixture
def media_dir(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture(params=["folder", "memory"])
def storage(request: pytest.FixtureRequest, media_dir: Path) -> Storage:
    return Storage.open(media_dir, "memory:///" if request.param == "memory" else None)


async def _read(storage: Storage, key: str) -> bytes:
    return b"".join([chunk async for chunk in storage.read(key)])


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "fetched"
    path.write_bytes(content)
    return path


async def test_what_is_saved_is_read(storage: Storage, tmp_path: Path) -> None:
    """The bytes come back in pieces, whole, with their size."""
    content = bytes(range(256)) * 20_000
    await storage.save(_file(tmp_path, content), KEY)
    assert await _read(storage, KEY) == content
    assert await storage.size(KEY) == len(content)


async def test_a_result_lies_in_a_folder_of_its_day(media_dir: Path, tmp_path: Path) -> None:
    """An operator finds a file by date and job id with nothing but `ls`."""
    await Storage.open(media_dir, None).save(_file(tmp_path, b"picture"), KEY)
    assert (media_dir / KEY).read_bytes() == b"picture"
    assert _names((media_dir / KEY).parent) == ["job-1.png"]


async def test_a_part_is_read(storage: Storage, tmp_path: Path) -> None:
    """From a byte to before another: what a player asks for when somebody jumps."""
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 2000)
    await storage.save(source, "videos/a.mp4")
    part = b"".join([chunk async for chunk in storage.read("videos/a.mp4", (300, 400_001))])
    assert part == source.read_bytes()[300:400_001]


async def test_a_key_is_overwritten_whole(storage: Storage, tmp_path: Path) -> None:
    """Collecting twice leaves the second file, without the tail of a longer first one."""
    await storage.save(_file(tmp_path, b"a longer first"), KEY)
    await storage.save(_file(tmp_path, b"second"), KEY)
    assert await _read(storage, KEY) == b"second"


async def test_a_reader_never_sees_half_a_file(media_dir: Path, tmp_path: Path) -> None:
    """While a large file is written over and over, each look finds one version or the other."""
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


async def test_a_file_that_cannot_be_saved_leaves_what_was_there(
    storage: Storage, tmp_path: Path
) -> None:
    """A missing source is an error and destroys nothing."""
    await storage.save(_file(tmp_path, b"first"), KEY)
    with pytest.raises(StorageError):
        await storage.save(tmp_path / "gone", KEY)
    assert await _read(storage, KEY) == b"first"


class Bucket:
    """As much of S3 as one bucket needs."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.app = Starlette(
            routes=[
                Route("/bucket", self._delete, methods=["POST"]),
                Route("/bucket/{key:path}", self._serve, methods=["GET", "PUT"]),
            ]
        )

    async def _serve(self, request: Request) -> Response:
        key = request.path_params["key"]
        if request.method == "PUT":
            self.objects[key] = await request.body()
            return Response(headers={"ETag": '"1"'})
        if key not in self.objects:
            return Response(status_code=404)
        headers = {"ETag": '"1"', "Last-Modified": "Sun, 22 Nov 2026 12:00:00 GMT"}
        return Response(self.objects[key], headers=headers)

    async def _delete(self, request: Request) -> Response:
        key = (await request.body()).decode().partition("<Key>")[2].partition("</Key>")[0]
        self.objects.pop(key, None)
        return Response(f"<DeleteResult><Deleted><Key>{key}</Key></Deleted></DeleteResult>")


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


async def test_an_object_store_keeps_results_under_its_prefix(
    credentials: None, monkeypatch: pytest.MonkeyPatch, media_dir: Path, tmp_path: Path
) -> None:
    """The same calls, over S3's protocol, with the credentials from the environment."""
    bucket = Bucket()
    async with serve(bucket.app) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        storage = Storage.open(media_dir, "s3://bucket/team")
        await storage.check()
        await storage.save(_file(tmp_path, b"picture"), KEY)
        assert bucket.objects == {f"team/{KEY}": b"picture"}
        assert await _read(storage, KEY) == b"picture"
        assert await storage.size(KEY) == 7
        await storage.delete(KEY)
        with pytest.raises(NotStored):
            await _read(storage, KEY)
    assert not bucket.objects


async def test_an_object_store_that_is_away_is_told_soon(
    credentials: None, monkeypatch: pytest.MonkeyPatch, media_dir: Path
) -> None:
    """A health page waits seconds, not minutes."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", unused_url())
    storage = Storage.open(media_dir, "s3://bucket/team")
    async with asyncio.timeout(10):
        with pytest.raises(StorageError, match="cannot be written"):
            await storage.check()


async def test_what_is_not_there_says_so(storage: Storage) -> None:
    """A missing result is told from a storage in trouble."""
    with pytest.raises(NotStored):
        await _read(storage, KEY)
    with pytest.raises(NotStored):
        await storage.size(KEY)


async def test_deleting_what_is_gone_is_not_an_error(storage: Storage, tmp_path: Path) -> None:
    """Two cleaners may meet."""
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
async def test_no_key_leaves_the_root(storage: Storage, tmp_path: Path, key: str) -> None:
    """A key that is anything but names and slashes is refused, for reading too."""
    with pytest.raises(ValueError, match="no storage key"):
        await storage.save(_file(tmp_path, b"x"), key)
    with pytest.raises(ValueError, match="no storage key"):
        await _read(storage, key)
    with pytest.raises(ValueError, match="no storage key"):
        await storage.size(key)
    with pytest.raises(ValueError, match="no storage key"):
        await storage.delete(key)


async def test_a_check_leaves_nothing(media_dir: Path) -> None:
    """The health page asks every few seconds."""
    await Storage.open(media_dir, None).check()
    assert _names(media_dir) == []


@pytest.fixture
def lost_storage(media_dir: Path) -> Storage:
    storage = Storage.open(media_dir, None)
    media_dir.rmdir()
    media_dir.write_text("in the way")
    return storage


async def test_a_check_finds_a_storage_that_cannot_be_written(lost_storage: Storage) -> None:
    """A folder whose place a file took is found before a result is lost."""
    with pytest.raises(StorageError, match="cannot be written"):
        await lost_storage.check()


@pytest.mark.parametrize("url", ["nonsense", "gopher://x", "s3:"])
def test_a_storage_url_that_leads_nowhere_names_the_setting(media_dir: Path, url: str) -> None:
    """A typing error in .env is told at the start."""
    with pytest.raises(StorageError, match="storage_url"):
        Storage.open(media_dir, url)


def test_a_folder_that_cannot_be_made_names_the_setting(tmp_path: Path) -> None:
    """The same for media_dir."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="media_dir"):
        Storage.open(tmp_path / "file" / "media", None)


def test_a_key_tells_kind_day_job_and_number() -> None:
    """By the day the job was made."""
    assert key_for("images", "01k3x", 1, "png", DAY) == "images/2026/11/22/01k3x-1.png"
    assert key_for("videos", "01k3x", 2, "mp4", DAY) == "videos/2026/11/22/01k3x-2.mp4"


@pytest.mark.parametrize(("job_id", "extension"), [("../x", "png"), ("a", "p/../ng"), ("", "png")])
def test_a_key_is_not_made_of_just_anything(job_id: str, extension: str) -> None:
    """An id or an extension with a path in it is refused."""
    with pytest.raises(ValueError, match="no storage key"):
        key_for("images", job_id, 1, extension, DAY)
