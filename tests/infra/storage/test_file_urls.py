from pathlib import Path

import httpx

from infra.storage.file_urls import Links
from infra.storage.signed_urls import SignedLinks
from infra.storage.store import Storage
from tests.object_store import S3

KEY = "inputs/2026/11/22/job-1.png"
APP = SignedLinks("1:token", "https://darkroom.example")


async def test_object_store_serves_its_files_directly(
    object_store: Storage, s3: S3, tmp_path: Path
) -> None:
    """An installation without a public_url still has URLs for fal."""
    (tmp_path / "file").write_bytes(b"picture")
    await object_store.save(tmp_path / "file", KEY)
    links = Links.choose(object_store, None, direct=True)
    assert links
    url = await links.url(KEY, 60)
    assert url.startswith(s3.url)
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(url)).content == b"picture"


async def test_private_object_store_is_served_by_webhook_app(object_store: Storage) -> None:
    """storage_links=app: nobody outside gets its URLs."""
    links = Links.choose(object_store, APP, direct=False)
    assert links
    assert (await links.url(KEY, 60)).startswith("https://darkroom.example/files/")


async def test_folder_is_served_by_webhook_app_or_not_at_all(tmp_path: Path) -> None:
    """A folder has no URLs of its own, whatever the setting says."""
    folder = Storage.open(tmp_path, None)
    links = Links.choose(folder, APP, direct=True)
    assert links
    assert (await links.url(KEY, 60)).startswith("https://darkroom.example/files/")
    assert Links.choose(folder, None, direct=True) is None
