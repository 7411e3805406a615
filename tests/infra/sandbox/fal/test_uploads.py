"""The documented uploads: https://docs.fal.ai/model-apis."""

from typing import Any

import httpx
import pytest
from PIL import Image

from tests.infra.sandbox.fal.account import Account
from tests.infra.sandbox.fal.clock import Clock
from tests.infra.sandbox.fal.pictures import encoded

INITIATE = "/storage/upload/initiate?storage_type=fal-cdn-v3"
IN_PARTS = "/storage/upload/initiate-multipart?storage_type=fal-cdn-v3"
PNG = {"content_type": "image/png", "file_name": "a.png"}


async def _initiate(me: Account, path: str) -> dict[str, str]:
    answer = await me.http.post(path, json=PNG)
    assert answer.status_code == 200
    found: dict[str, str] = answer.json()
    return found


async def test_file_is_uploaded_in_one_request(me: Account) -> None:
    """Two URLs are returned: one accepts the bytes without a key, the other serves them to everybody."""
    given = await _initiate(me, INITIATE)
    async with httpx.AsyncClient(trust_env=False) as nobody:
        assert (await nobody.get(given["file_url"])).status_code == 404
        put = await nobody.put(
            given["upload_url"], content=b"bytes", headers={"content-type": "x/y"}
        )
        assert put.status_code == 200
        shown = await nobody.get(given["file_url"])
    assert (shown.content, shown.headers["content-type"]) == (b"bytes", "image/png")


async def test_file_is_uploaded_in_parts(me: Account) -> None:
    """Parts arrive in any order; each response has an ETag, and completion joins them by number."""
    given = await _initiate(me, IN_PARTS)
    parts = []
    for number, content in ((2, b"two"), (1, b"one")):
        answer = await me.http.put(f"{given['upload_url']}/{number}", content=content)
        assert answer.headers["etag"]
        parts.append(answer.json())
    done = await me.http.post(f"{given['upload_url']}/complete", json={"parts": parts})
    assert done.status_code == 200
    assert await me.file(given["file_url"]) == b"onetwo"


async def test_file_without_all_its_parts_is_incomplete(me: Account) -> None:
    """An incomplete file is not served."""
    given = await _initiate(me, IN_PARTS)
    await me.http.put(f"{given['upload_url']}/1", content=b"one")
    for parts in ([], [{"partNumber": 1, "etag": "x"}, {"partNumber": 2, "etag": "y"}]):
        done = await me.http.post(f"{given['upload_url']}/complete", json={"parts": parts})
        assert done.status_code == 400
    assert (await me.http.get(given["file_url"])).status_code == 404


@pytest.mark.parametrize("header", ["X-Fal-Object-Lifecycle", "X-Fal-Object-Lifecycle-Preference"])
async def test_uploaded_file_expires_on_request(me: Account, clock: Clock, header: str) -> None:
    """Both names of the header count; the list of files shows until when, and a model cannot load it afterwards."""
    picture = encoded(Image.new("RGB", (64, 64)))
    lasting = await me.uploaded(picture)
    brief = await me.uploaded(picture, **{header: '{"expiration_duration_seconds": 60}'})
    listed = {file["name"]: file for file in (await me.http.get("/files")).json()}
    assert listed[lasting.rpartition("/")[2]]["expires_at"] is None
    expires_at = listed[brief.rpartition("/")[2]]["expires_at"]
    assert expires_at == pytest.approx(clock() + 60, abs=10)
    clock.ahead = 61
    try:
        statuses = [(await me.http.get(url)).status_code for url in (lasting, brief)]
        body = {"prompt": "a cat", "image_url": brief}
        request = await me.submit("fal-ai/flux/dev/image-to-image", body)
        assert (await request.error())["type"] == "file_download_error"
    finally:
        clock.ahead = 0
    assert statuses == [200, 404]


@pytest.mark.parametrize("body", [[], "x", {"content_type": 5}, {"file_name": None}])
async def test_invalid_upload_is_refused(me: Account, body: Any) -> None:
    """The error has a text and no URL."""
    answer = await me.http.post(INITIATE, json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"]


async def test_unknown_upload_url_is_refused(me: Account) -> None:
    """The CDN also refuses uploads without the token for fal's own clients."""
    calls = [
        ("PUT", "/upload/unknown.png", 404),
        ("PUT", f"/upload/{'x' * 300}", 404),
        ("PUT", "/upload/unknown.png/multipart/1", 404),
        ("POST", "/upload/unknown.png/multipart/complete", 404),
        ("POST", "/files/upload", 401),
        ("POST", "/files/upload/multipart", 401),
    ]
    for method, path, status in calls:
        assert (await me.http.request(method, path, content=b"x")).status_code == status
    given = await _initiate(me, IN_PARTS)
    for number in (0, 10_001, 10**40):
        answer = await me.http.put(f"{given['upload_url']}/{number}", content=b"x")
        assert answer.status_code == 422
