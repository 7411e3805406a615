from pathlib import Path

import httpx

from infra.storage.presigned_urls import PresignedUrls
from infra.storage.store import Storage

KEY = "images/2026/11/22/job-1.png"


async def test_presigned_url_serves_one_file(object_store: Storage, tmp_path: Path) -> None:
    """The URL is for this file, and not for another one."""
    (tmp_path / "file").write_bytes(b"picture")
    await object_store.save(tmp_path / "file", KEY)
    presigned = PresignedUrls.of(object_store)
    assert presigned
    url = await presigned.url(KEY, 60)
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(url)).content == b"picture"
        part = await http.get(url, headers={"Range": "bytes=0-2"})
        assert (part.status_code, part.content) == (206, b"pic")
        assert (await http.get(url.replace("job-1", "job-2"))).status_code in {403, 404}


async def test_presigned_url_expires_after_the_seconds_asked_for(object_store: Storage) -> None:
    """The store gets the lifetime in the URL that it signs."""
    presigned = PresignedUrls.of(object_store)
    assert presigned
    url = httpx.URL(await presigned.url(KEY, 90))
    assert url.params["X-Amz-Expires"] == "90"


def test_folder_has_no_presigned_urls(tmp_path: Path) -> None:
    """webhook_app serves its files."""
    assert PresignedUrls.of(Storage.open(tmp_path / "media", None)) is None
