"""The client against the fake of fal, which was written independently from the same documentation."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from infra.errors import Ambiguous, FailureKind, NotSent, ProviderError
from infra.fal.client import FalClient
from infra.fal.images import Images
from infra.fal.model import Model
from infra.fal.models.catalogue import MODELS
from infra.fal.stored_data import StoredData
from infra.fal.tasks import CancelOutcome, TaskId, TaskState, TaskStatus
from infra.fal.videos import Videos
from infra.http_client import create_client
from infra.images.inspect import Clip, ImageInfo, inspect
from infra.sandbox.fal.catalog import Catalog
from infra.sandbox.fal.order_reader import Fields, read_order
from tests.infra.fal.answers import KEY

SCHNELL = "fal-ai/flux/schnell"
SEEDANCE = "fal-ai/bytedance/seedance/v1.5/pro/text-to-video"
LOOKS = 500
FAKE = Catalog()
OVER = {TaskState.COMPLETED, TaskState.FAILED}


@pytest.fixture
async def client(fal: str) -> AsyncIterator[FalClient]:
    async with create_client(read_timeout=20) as http:
        yield FalClient(http, api_key=KEY, queue_base_url=fal, rest_base_url=fal)


async def _end(client: FalClient, task: TaskId) -> TaskStatus:
    for _ in range(LOOKS):
        status = await client.check_status(task)
        if status.state in OVER:
            return status
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {status.state} after {LOOKS} looks")


async def _submit(client: FalClient, prompt: str, **options: Any) -> TaskId:
    return await Images(client).submit_image(prompt, model=SCHNELL, **options)


@pytest.mark.slow
@pytest.mark.parametrize(
    "endpoint",
    [
        SCHNELL,
        SEEDANCE,
        "openai/gpt-image-2",
        "bytedance/seedance-2.0/text-to-video",
        "ideogram/v4",
    ],
)
async def test_rebuilt_task_equals_the_original(client: FalClient, endpoint: str) -> None:
    """After a lost submit response, the id and the endpoint suffice to find the request."""
    task = await client.submit(endpoint, {"prompt": "a red apple"})
    assert client.rebuild_task(endpoint, task.request_id) == task
    assert await client.cancel(task)


async def test_media_lifetime_reaches_uploads_and_results(fal: str) -> None:
    """The fake deletes both when fal would; without a lifetime they stay for ever."""
    async with create_client(read_timeout=20) as http:
        for stored, lasts in ((StoredData(2), 2 * 24 * 3600), (StoredData(), None)):
            client = FalClient(
                http, api_key=KEY, queue_base_url=fal, rest_base_url=fal, stored=stored
            )
            urls = [await client.upload(b"anything", "image/png")]
            status = await _end(client, await _submit(client, "a red apple", size="square"))
            urls += [file.url for file in status.results]
            listed = {file["name"]: file for file in (await http.get(f"{fal}/files")).json()}
            for url in urls:
                expires_at = listed[url.rpartition("/")[2]]["expires_at"]
                if lasts is None:
                    assert expires_at is None
                else:
                    assert expires_at == pytest.approx(time.time() + lasts, abs=60)


async def test_text_to_image(client: FalClient, tmp_path: Path) -> None:
    """A prompt becomes two images of the requested size, from submit to verified files."""
    task = await _submit(client, "a red apple", size="wide", count=2, seed=7, style="photo")
    status = await _end(client, TaskId.loads(task.dumps()))
    assert (status.state, status.seed, len(status.results)) == (TaskState.COMPLETED, 7, 2)
    for number, file in enumerate(status.results):
        await client.download_result(file.url, tmp_path / str(number))
        assert await inspect(tmp_path / str(number)) == ImageInfo("png", 1024, 576)


@pytest.mark.slow
async def test_text_to_video(client: FalClient, tmp_path: Path) -> None:
    """A prompt becomes a video of the requested length and shape, with sound."""
    videos = Videos(client)
    task = await videos.submit_video_from_text("a calm sea", 4, "1:1", True, model=SEEDANCE)
    status = await _end(client, task)
    assert status.result_url
    await videos.download_result(status.result_url, tmp_path / "clip")
    found = await inspect(tmp_path / "clip")
    assert isinstance(found, Clip)
    assert found.width == found.height
    assert found.duration == pytest.approx(4, abs=0.3)
    assert found.has_audio


async def test_inpainting_with_an_uploaded_image_and_mask(
    client: FalClient, tmp_path: Path
) -> None:
    """An image and a mask are uploaded, and the fake fetches both from their URLs."""
    for name in ("photo", "mask"):
        Image.new("RGB", (96, 64), "white").save(tmp_path / name, "PNG")
    task = await Images(client).submit_image_edit(
        tmp_path / "photo", "a hat", tmp_path / "mask", model="fal-ai/flux-pro/v1/fill"
    )
    status = await _end(client, task)
    assert status.result_url
    await client.download_result(status.result_url, tmp_path / "result")
    assert isinstance(await inspect(tmp_path / "result"), ImageInfo)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("#nsfw", FailureKind.MODERATION),
        ("#black", FailureKind.MODERATION),
        ("#empty", FailureKind.NOTHING_MADE),
        ("#fail", FailureKind.PROVIDER_DOWN),
    ],
)
async def test_each_failure_is_recognised(client: FalClient, word: str, kind: FailureKind) -> None:
    """Each kind of failure ends as COMPLETED on the wire and is still recognised."""
    status = await _end(client, await _submit(client, f"a cat {word}"))
    assert status.state is TaskState.FAILED
    assert status.error
    assert status.error.kind is kind
    assert "cat" not in str(status.error)


@pytest.mark.parametrize(
    ("word", "error"), [("#lost", Ambiguous), ("#500", Ambiguous), ("#busy", NotSent)]
)
async def test_submit_failures_are_classified_by_cost(
    client: FalClient, word: str, error: type[ProviderError]
) -> None:
    """A submit that may run is never sent again; a refused one may be."""
    with pytest.raises(error):
        await _submit(client, f"a cat {word}")


async def test_locked_account_is_the_operators_problem(client: FalClient) -> None:
    """A 403 for a locked account asks the operator to top up."""
    with pytest.raises(ProviderError) as caught:
        await _submit(client, "a cat #locked")
    assert caught.value.kind is FailureKind.BALANCE


async def test_queued_task_can_be_cancelled(client: FalClient) -> None:
    """A request in the queue is cancelled and never runs; a second cancel is too late or unknown."""
    task = await _submit(client, "a cat #stuck")
    assert (await client.check_status(task)).state is TaskState.IN_QUEUE
    assert await client.cancel(task) in {CancelOutcome.REMOVED, CancelOutcome.REQUESTED}


async def test_finished_task_cannot_be_cancelled(client: FalClient) -> None:
    """A cancel after completion is too late, and the result can be fetched."""
    task = await _submit(client, "a cat")
    await _end(client, task)
    assert await client.cancel(task) is CancelOutcome.TOO_LATE


async def test_temporary_cdn_failure_is_retried(client: FalClient, tmp_path: Path) -> None:
    """Three failed downloads are bridged by quick retries and one later attempt."""
    status = await _end(client, await _submit(client, "a cat #cdn"))
    assert status.result_url
    with pytest.raises(ProviderError) as caught:
        await client.download_result(status.result_url, tmp_path / "result")
    assert caught.value.retryable
    await client.download_result(status.result_url, tmp_path / "result")


@pytest.mark.slow
@pytest.mark.parametrize(
    "row",
    MODELS.values(),
    ids=lambda row: row.endpoint,
)
@settings(max_examples=15)
@given(data=st.data())
def test_each_models_arguments_match_its_schema(row: Model, data: st.DataObject) -> None:
    """The fake validates fields, types and values by fal's documentation, and accepts ours for every model."""
    options = {name: data.draw(st.sampled_from(row.choices(name))) for name in row.options}
    assume(row.combines(options))
    arguments = row.arguments("a cat", **options)
    if row.image_field:
        mask_url = "https://example.org/mask.png" if row.mask_field else None
        pictures = ["https://example.org/picture.png"] * row.min_pictures
        arguments |= row.image_arguments(*pictures, mask_url=mask_url)
    for name in filter(None, (row.end_image_field, row.video_field)):
        arguments[name] = "https://example.org/file"
    served = FAKE.find(row.endpoint)
    given = served.validator.parse(json.dumps(arguments).encode())
    # Sizes and lengths that only a model's page forbids.
    assert read_order(served, Fields(served.input, given))
    assert arguments.keys() <= served.input["properties"].keys()
