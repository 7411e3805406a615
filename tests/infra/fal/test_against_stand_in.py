"""The client against the stand-in of fal, which was written from the same facts by other hands."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from infra.errors import Ambiguous, FailureKind, NotSent, ProviderError
from infra.fal.client import FalClient
from infra.fal.images import Images
from infra.fal.model import Model
from infra.fal.models_map import MODELS
from infra.fal.tasks import CancelOutcome, TaskId, TaskState, TaskStatus
from infra.fal.videos import Videos
from infra.http_client import create_client
from infra.images.inspect import Clip, Picture, inspect
from infra.sandbox.fal.models import MODELS as STAND_IN
from infra.sandbox.fal.schema import parse
from tests.infra.fal.answers import KEY
from tests.infra.loopback import unused_url
from tests.processes import Process

SCHNELL = "fal-ai/flux/schnell"
SEEDANCE = "fal-ai/bytedance/seedance/v1.5/pro/text-to-video"
LOOKS = 500
OVER = {TaskState.COMPLETED, TaskState.FAILED}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A stand-in in a process of its own, fifty times as fast as life."""
    url, folder = unused_url(), tmp_path_factory.mktemp("fal")
    where = ("--port", url.rpartition(":")[2], "--data", str(folder / "data"))
    command = ("-m", "infra.sandbox.fal", "--pace", "0.02", "--key", KEY, *where)
    process = Process("fal", command, {}, folder, warm=True).start()
    try:
        process.wait_for(f"{url}/.well-known/jwks.json")
        yield url
    finally:
        process.stop()


@pytest.fixture
async def client(base: str) -> AsyncIterator[FalClient]:
    async with create_client(read_timeout=20) as http:
        yield FalClient(http, api_key=KEY, queue_base_url=base, rest_base_url=base)


async def _end(client: FalClient, task: TaskId) -> TaskStatus:
    for _ in range(LOOKS):
        status = await client.check_status(task)
        if status.state in OVER:
            return status
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {status.state} after {LOOKS} looks")


async def _submit(client: FalClient, prompt: str, **options: Any) -> TaskId:
    return await Images(client).submit_image(prompt, model=SCHNELL, **options)


@pytest.mark.parametrize("endpoint", [SCHNELL, SEEDANCE])
async def test_a_rebuilt_task_is_the_one_that_was_given(client: FalClient, endpoint: str) -> None:
    """Whoever lost the answer to a submit finds the request by its id and the endpoint."""
    task = await client.submit(endpoint, {"prompt": "a red apple"})
    assert client.rebuild_task(endpoint, task.request_id) == task
    assert await client.cancel(task)


async def test_words_become_pictures(client: FalClient, tmp_path: Path) -> None:
    """Two of the size that was asked for, from the first call to a file that was looked at."""
    task = await _submit(client, "a red apple", size="wide", count=2, seed=7, style="photo")
    status = await _end(client, TaskId.loads(task.dumps()))
    assert (status.state, status.seed, len(status.results)) == (TaskState.COMPLETED, 7, 2)
    for number, file in enumerate(status.results):
        await client.download_result(file.url, tmp_path / str(number))
        assert await inspect(tmp_path / str(number)) == Picture("png", 1024, 576)


async def test_words_become_a_clip(client: FalClient, tmp_path: Path) -> None:
    """Of the length and the shape that were asked for, with sound."""
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


async def test_a_picture_and_a_mask_become_a_picture(client: FalClient, tmp_path: Path) -> None:
    """Both are handed over first, and the stand-in fetches them from where it was told."""
    for name in ("photo", "mask"):
        Image.new("RGB", (96, 64), "white").save(tmp_path / name, "PNG")
    task = await Images(client).submit_image_edit(
        tmp_path / "photo", "a hat", tmp_path / "mask", model="fal-ai/flux-pro/v1/fill"
    )
    status = await _end(client, task)
    assert status.result_url
    await client.download_result(status.result_url, tmp_path / "result")
    assert isinstance(await inspect(tmp_path / "result"), Picture)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("#nsfw", FailureKind.MODERATION),
        ("#black", FailureKind.MODERATION),
        ("#empty", FailureKind.NOTHING_MADE),
        ("#fail", FailureKind.PROVIDER_DOWN),
    ],
)
async def test_each_failure_is_known_for_what_it_is(
    client: FalClient, word: str, kind: FailureKind
) -> None:
    """All of them end as COMPLETED on the wire."""
    status = await _end(client, await _submit(client, f"a cat {word}"))
    assert status.state is TaskState.FAILED
    assert status.error
    assert status.error.kind is kind
    assert "cat" not in str(status.error)


@pytest.mark.parametrize(
    ("word", "error"), [("#lost", Ambiguous), ("#500", Ambiguous), ("#busy", NotSent)]
)
async def test_what_became_of_a_submit_is_sorted_by_money(
    client: FalClient, word: str, error: type[ProviderError]
) -> None:
    """What may run is never sent again, what was refused may be."""
    with pytest.raises(error):
        await _submit(client, f"a cat {word}")


async def test_a_locked_account_is_the_operators_business(client: FalClient) -> None:
    """A 403 of this kind is mended by topping up."""
    with pytest.raises(ProviderError) as caught:
        await _submit(client, "a cat #locked")
    assert caught.value.kind is FailureKind.BALANCE


async def test_a_waiting_task_can_be_called_off(client: FalClient) -> None:
    """It was in the queue and never runs; a second time it is too late or unknown."""
    task = await _submit(client, "a cat #stuck")
    assert (await client.check_status(task)).state is TaskState.IN_QUEUE
    assert await client.cancel(task) in {CancelOutcome.REMOVED, CancelOutcome.REQUESTED}


async def test_a_finished_task_is_too_late_to_call_off(client: FalClient) -> None:
    """The result is there and is to be fetched."""
    task = await _submit(client, "a cat")
    await _end(client, task)
    assert await client.cancel(task) is CancelOutcome.TOO_LATE


async def test_a_file_server_in_trouble_is_waited_for(client: FalClient, tmp_path: Path) -> None:
    """It refuses three times; quick tries and one later one bridge that."""
    status = await _end(client, await _submit(client, "a cat #cdn"))
    assert status.result_url
    with pytest.raises(ProviderError) as caught:
        await client.download_result(status.result_url, tmp_path / "result")
    assert caught.value.retryable
    await client.download_result(status.result_url, tmp_path / "result")


@pytest.mark.parametrize("row", MODELS.values(), ids=lambda row: row.endpoint)
@settings(max_examples=15)
@given(data=st.data())
def test_each_models_arguments_pass_its_schema(row: Model, data: st.DataObject) -> None:
    """The stand-in holds fields, types and values to what fal documents; ours are all known to it."""
    options = {name: data.draw(st.sampled_from(row.choices(name))) for name in row.options}
    arguments = row.arguments("a cat", **options)
    if row.image_field:
        mask_url = "https://example.org/mask.png" if row.mask_field else None
        arguments |= row.image_arguments("https://example.org/picture.png", mask_url=mask_url)
    schema = STAND_IN[row.endpoint].schema
    parse(schema, json.dumps(arguments).encode())
    assert arguments.keys() <= schema.model_fields.keys()
