"""The fake with fal's official client."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import fal_client
import fal_client.client
import pytest
import trustme
from fal_client import AsyncClient, Completed, FalClientHTTPError, InProgress, Queued
from PIL import Image

from infra.sandbox.fal.options import Options
from infra.sandbox.fal.server import Certificate
from tests.infra.sandbox.fal.account import SCHNELL, SMALL
from tests.infra.sandbox.fal.server import serve

KEY = "tester:secret"
SMALL_APPLE = {"prompt": "a red apple", "image_size": SMALL, "seed": 7}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certificate]:
    """Create an authority for this machine that this process trusts meanwhile."""
    folder, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(folder / "chain.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield Certificate(str(folder / "chain.pem"), str(folder / "key.pem"))


@pytest.fixture(scope="module")
async def base(
    tmp_path_factory: pytest.TempPathFactory, certificate: Certificate
) -> AsyncIterator[str]:
    """Configure the official client: it insists on https, and its URLs are constants of its module."""
    options = Options(tmp_path_factory.mktemp("fal"), 0.05, KEY)
    async with serve(options, certificate) as address:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fal_client.client, "QUEUE_URL_FORMAT", f"{address}/")
            patch.setattr(fal_client.client, "REST_URL", address)
            patch.setattr(fal_client.client, "CDN_URL", address)
            yield address


@pytest.fixture
async def client(base: str) -> AsyncIterator[AsyncClient]:
    client = AsyncClient(KEY)
    yield client
    await (await client._client).aclose()  # noqa: SLF001 - there is no public way to close it


async def test_client_follows_a_request_from_the_queue_to_the_image(client: AsyncClient) -> None:
    """Queue positions fall, then the log grows while the request runs, then the result has fal's format."""
    handle = await client.submit(SCHNELL, SMALL_APPLE)
    seen = [event async for event in handle.iter_events(with_logs=True, interval=0.002)]
    places = [event.position for event in seen if isinstance(event, Queued)]
    assert places
    assert places == sorted(places, reverse=True)
    logs = [event.logs for event in seen if isinstance(event, InProgress)]
    assert [len(lines or ()) for lines in logs] == sorted(len(lines or ()) for lines in logs)
    end = seen[-1]
    assert isinstance(end, Completed)
    assert {"message", "level", "source", "timestamp"} == (end.logs or [{}])[-1].keys()
    assert end.metrics["inference_time"] > 0
    result = await handle.get()
    assert result["seed"] == 7
    assert result["prompt"] == "a red apple"
    assert result["has_nsfw_concepts"] == [False]
    (image,) = result["images"]
    assert (image["width"], image["height"], image["content_type"]) == (96, 64, "image/jpeg")


async def test_client_subscribes(client: AsyncClient) -> None:
    """Its most common call submits, polls and returns the output."""
    seen: list[str] = []
    result = await client.subscribe(
        SCHNELL,
        SMALL_APPLE,
        with_logs=True,
        interval=0.01,
        on_enqueue=seen.append,
        on_queue_update=lambda event: seen.append(type(event).__name__),
    )
    assert result["images"]
    assert seen[1] == "Queued"
    assert seen[-1] == "Completed"


@pytest.mark.slow
@pytest.mark.parametrize(
    "endpoint", ["ideogram/v4", "openai/gpt-image-2", "bytedance/seedream/v5/lite/text-to-image"]
)
async def test_client_uses_models_of_any_owner(client: AsyncClient, endpoint: str) -> None:
    """An endpoint has two segments or more, and its owner is not always fal."""
    result = await client.subscribe(endpoint, {"prompt": "a red apple"}, interval=0.01)
    assert result["images"][0]["url"]


async def test_client_finds_a_request_again_by_its_id(client: AsyncClient) -> None:
    """The client builds the URLs from the first two segments of the endpoint."""
    handle = await client.submit("fal-ai/flux/dev", SMALL_APPLE)
    found = await client.get_handle("fal-ai/flux/dev", handle.request_id)
    assert found == handle
    assert (await found.get(interval=0.01))["seed"] == 7


async def test_client_cancels(client: AsyncClient) -> None:
    """A queued request is cancelled; it ends as COMPLETED with an error, like every failure."""
    handle = await client.submit(SCHNELL, {**SMALL_APPLE, "prompt": "an apple #stuck"})
    assert isinstance(await handle.status(), Queued)
    await handle.cancel()
    end = await handle.status()
    assert isinstance(end, Completed)
    assert end.error
    with pytest.raises(FalClientHTTPError) as caught:
        await handle.cancel()
    assert caught.value.status_code == 400
    assert caught.value.response.json() == {"status": "ALREADY_COMPLETED"}


async def test_client_reports_an_invalid_input(client: AsyncClient) -> None:
    """The result is a 422 with the type in a header."""
    handle = await client.submit(SCHNELL, {**SMALL_APPLE, "num_images": 9})
    with pytest.raises(FalClientHTTPError) as caught:
        await handle.get(interval=0.01)
    assert caught.value.status_code == 422
    assert caught.value.error_type == "less_than_equal"


async def test_start_timeout_is_honoured(client: AsyncClient) -> None:
    """A request that waits longer than allowed ends with a 504 that names the user's limit."""
    prompt = "an apple #stuck"
    handle = await client.submit(SCHNELL, {**SMALL_APPLE, "prompt": prompt}, start_timeout=1.1)
    with pytest.raises(FalClientHTTPError) as caught:
        await handle.get(interval=0.05)
    assert caught.value.status_code == 504
    assert caught.value.error_type == "request_timeout"
    assert caught.value.response_headers["x-fal-request-timeout-type"] == "user"


async def test_client_reports_a_wrong_key(base: str) -> None:
    """The error has fal's text."""
    stranger = AsyncClient("somebody:else")
    with pytest.raises(FalClientHTTPError, match="invalid key credentials") as caught:
        await stranger.submit(SCHNELL, SMALL_APPLE)
    assert caught.value.status_code == 401
    await (await stranger._client).aclose()  # noqa: SLF001 - there is no public way to close it


@pytest.mark.parametrize("repository", ["fal_v3", "fal"])
async def test_client_uploads_a_models_input(
    client: AsyncClient, repository: fal_client.client.UploadRepositoryId
) -> None:
    """It uploads to the CDN with its short-lived token, or by the documented two steps."""
    buffer = io.BytesIO()
    Image.new("RGB", (48, 32), "navy").save(buffer, "PNG")
    url = await client.upload(buffer.getvalue(), "image/png", "a.png", repository=repository)
    result = await client.subscribe("fal-ai/esrgan", {"image_url": url, "scale": 3}, interval=0.01)
    assert (result["image"]["width"], result["image"]["height"]) == (144, 96)


async def test_client_uploads_a_large_file_in_parts(
    client: AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above its limit (lowered here) the parts are uploaded concurrently, and joined."""
    monkeypatch.setattr(fal_client.client, "MULTIPART_THRESHOLD", 1000)
    monkeypatch.setattr(fal_client.client, "MULTIPART_CHUNK_SIZE", 400)
    content = bytes(index % 251 for index in range(1500))
    await asyncio.to_thread((tmp_path / "a.bin").write_bytes, content)
    url = await client.upload_file(tmp_path / "a.bin")
    assert (await (await client._client).get(url)).content == content  # noqa: SLF001 - it trusts our authority
