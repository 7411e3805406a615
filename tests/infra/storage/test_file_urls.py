from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.storage.file_urls import Links
from infra.storage.signed_urls import SignedLinks
from infra.storage.store import Storage
from tests.object_store import S3

KEY = "inputs/2026/11/22/job-1.png"
DOOR = SignedLinks("1:token", "https://darkroom.example")


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with S3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket(s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return Storage.open(tmp_path, s3.storage_url)


async def test_an_object_store_gives_its_files_out_without_a_door(
    bucket: Storage, s3: S3, tmp_path: Path
) -> None:
    """An installation without a public_url has addresses for fal all the same."""
    (tmp_path / "file").write_bytes(b"picture")
    await bucket.save(tmp_path / "file", KEY)
    links = Links.choose(bucket, None, direct=True)
    assert links
    url = await links.url(KEY, 60)
    assert url.startswith(s3.url)
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(url)).content == b"picture"


async def test_an_object_store_in_a_private_network_stays_behind_the_door(bucket: Storage) -> None:
    """storage_links=app: nobody outside hears its address."""
    links = Links.choose(bucket, DOOR, direct=False)
    assert links
    assert (await links.url(KEY, 60)).startswith("https://darkroom.example/files/")


async def test_a_folder_is_behind_the_door_or_nowhere(tmp_path: Path) -> None:
    """Whatever was asked for."""
    folder = Storage.open(tmp_path, None)
    links = Links.choose(folder, DOOR, direct=True)
    assert links
    assert (await links.url(KEY, 60)).startswith("https://darkroom.example/files/")
    assert Links.choose(folder, None, direct=True) is None
