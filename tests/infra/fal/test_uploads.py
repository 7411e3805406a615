import json
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.errors import FailureKind, ProviderError
from infra.fal.client import FalClient
from infra.fal.uploads import upload
from infra.http_client import create_client
from tests.infra.fal.answers import FILE, INITIATE, KEY, QUICK, TARGET, UPLOADS, Fal
from tests.infra.loopback import serve


class Bucket:
    """Accepts uploads as fal's storage does, in one request or in parts."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.parts: dict[int, bytes] = {}
        self.requests: list[Request] = []
        self.app = Starlette(
            routes=[
                Route("/storage/upload/{step}", self._initiate, methods=["POST"]),
                Route("/put/{name}", self._put, methods=["PUT"]),
                Route("/put/{name}/complete", self._complete, methods=["POST"]),
                Route("/put/{name}/{number:int}", self._put_part, methods=["PUT"]),
            ]
        )

    async def _initiate(self, request: Request) -> Response:
        self.requests.append(request)
        name, base = (await request.json())["file_name"], str(request.base_url)
        return JSONResponse(
            {"upload_url": f"{base}put/{name}?signature=s", "file_url": f"{base}files/{name}"}
        )

    async def _put(self, request: Request) -> Response:
        self.requests.append(request)
        self.files[request.path_params["name"]] = await request.body()
        return Response()

    async def _put_part(self, request: Request) -> Response:
        self.requests.append(request)
        number = request.path_params["number"]
        self.parts[number] = await request.body()
        return Response(headers={"ETag": f'"{number}"'})

    async def _complete(self, request: Request) -> Response:
        self.requests.append(request)
        assert (await request.json())["parts"] == [
            {"partNumber": number, "etag": f'"{number}"'} for number in sorted(self.parts)
        ]
        pieces = [piece for _, piece in sorted(self.parts.items())]
        self.files[request.path_params["name"]] = b"".join(pieces)
        return Response()


async def _upload(bucket: Bucket, source: Path | bytes, multipart_from: int = 100) -> str:
    async with serve(bucket.app) as url, create_client() as http:
        client = FalClient(http, api_key=KEY, rest_base_url=url, retry=QUICK)
        file_url = await upload(
            client.connection, source, "image/png", multipart_from=multipart_from, part_size=40
        )
        return file_url.removeprefix(url)


async def test_small_file_is_uploaded_in_one_request(tmp_path: Path) -> None:
    """The key goes to fal's API and not to the signed URL; the file's name is not sent."""
    path = tmp_path / "grandmother.png"
    path.write_bytes(b"picture")
    bucket = Bucket()
    assert await _upload(bucket, path) == "/files/upload.png"
    initiate, put = bucket.requests
    assert bucket.files == {"upload.png": b"picture"}
    assert initiate.headers["authorization"] == f"Key {KEY}"
    assert put.headers["content-type"] == "image/png"
    assert put.url.query == "signature=s"


async def test_large_file_is_uploaded_in_parts() -> None:
    """The parts arrive in order and complete, with the signature in each URL."""
    content = bytes(range(101))
    bucket = Bucket()
    assert await _upload(bucket, content) == "/files/upload.png"
    assert bucket.files == {"upload.png": content}
    assert sorted(bucket.parts) == [1, 2, 3]
    assert {request.url.query for request in bucket.requests[1:]} == {"signature=s"}


async def test_key_is_not_sent_to_another_host() -> None:
    """A signed URL needs no key."""
    fal = Fal(UPLOADS)
    assert await fal.client.upload(b"picture", "image/png") == FILE
    assert "authorization" in fal.requests[0].headers
    assert "authorization" not in fal.requests[1].headers


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"upload_url": TARGET},
        {"upload_url": "http://example.org/x", "file_url": FILE},
        {"upload_url": TARGET, "file_url": "https://example.org/x"},
    ],
)
async def test_response_without_valid_urls_is_an_error(body: object) -> None:
    """A user's image is uploaded only to fal."""
    fal = Fal({INITIATE: httpx.Response(200, json=body)})
    with pytest.raises(ProviderError, match="could not be uploaded to fal"):
        await upload(fal.client.connection, b"picture", "image/png")
    assert len(fal.requests) == 1


async def test_refused_key_is_reported() -> None:
    """A refused key is the operator's problem and is not retried."""
    fal = Fal({INITIATE: httpx.Response(401, json={"detail": "invalid key credentials"})})
    with pytest.raises(ProviderError) as caught:
        await upload(fal.client.connection, b"picture", "image/png")
    assert caught.value.kind is FailureKind.KEY


async def test_failed_upload_is_retried() -> None:
    """A repeated PUT of the same bytes costs nothing."""
    answers: list[httpx.Response | BaseException] = [
        httpx.Response(503),
        httpx.WriteError("reset"),
        httpx.Response(200),
    ]
    fal = Fal({**UPLOADS, TARGET: answers})
    assert await upload(fal.client.connection, b"picture", "image/png") == FILE
    assert json.loads(fal.requests[0].content)["content_type"] == "image/png"
    assert len(fal.requests) == 4
