import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from infra.errors import FailureKind, ProviderError
from infra.fal.images import Images
from infra.fal.submit_base import Hosted
from tests.infra.clips import make_clip
from tests.infra.fal.answers import FILE, PICTURE, QUEUE, SUBMITTED, TASK, UPLOADS, Fal

BANANA = "fal-ai/nano-banana"
FILL = "fal-ai/flux-pro/v1/fill"


def _submits(endpoint: str) -> Fal:
    return Fal({**UPLOADS, f"{QUEUE}/{endpoint}": httpx.Response(200, json=SUBMITTED)})


def _picture(path: Path, size: tuple[int, int] = (8, 6)) -> Path:
    Image.new("RGB", size).save(path, "PNG")
    return path


async def test_image_request_uses_the_models_fields() -> None:
    """Our options map to the model's fields; style and negative prompt go into the prompt."""
    fal = _submits(BANANA)
    task = await Images(fal.client).submit_image(
        "a cat",
        model=BANANA,
        size="wide",
        count=2,
        seed=7,
        style="anime",
        negative_prompt="dogs",
        start_timeout=60,
    )
    sent = json.loads(fal.requests[0].content)
    prompt = sent.pop("prompt")
    assert task == TASK
    assert sent == {
        "aspect_ratio": "16:9",
        "num_images": 2,
        "seed": 7,
        "output_format": "png",
        "limit_generations": True,
    }
    assert prompt.startswith("a cat, anime")
    assert prompt.endswith("\n\nAvoid: dogs")
    assert fal.requests[0].headers["x-fal-request-timeout"] == "60"


async def test_edit_uploads_the_image_first(tmp_path: Path) -> None:
    """The model gets fal's URL of the uploaded image, never ours."""
    fal = _submits("fal-ai/nano-banana/edit")
    await Images(fal.client).submit_image_edit(
        _picture(tmp_path / "photo.bin"), "make it night", model="fal-ai/nano-banana/edit"
    )
    initiate, put, submit = fal.requests
    assert json.loads(initiate.content)["content_type"] == "image/png"
    assert put.headers["content-type"] == "image/png"
    assert json.loads(submit.content)["image_urls"] == [FILE]


async def test_uploaded_images_are_not_uploaded_again() -> None:
    """Images that are already at fal keep their order, and the submit is the only call."""
    fal = _submits("fal-ai/nano-banana/edit")
    pictures = [Hosted("https://example.org/a.png"), Hosted("https://example.org/b.png")]
    await Images(fal.client).submit_image_edit(pictures, "both", model="fal-ai/nano-banana/edit")
    (submit,) = fal.requests
    assert json.loads(submit.content)["image_urls"] == [picture.url for picture in pictures]


async def test_mask_selects_what_to_repaint(tmp_path: Path) -> None:
    """Inpainting takes an image and a mask of its size."""
    fal = _submits(FILL)
    await Images(fal.client).submit_image_edit(
        _picture(tmp_path / "a"), "a hat", _picture(tmp_path / "b"), model=FILL
    )
    sent = json.loads(fal.requests[-1].content)
    assert (sent["image_url"], sent["mask_url"], sent["prompt"]) == (FILE, FILE, "a hat")


async def test_upscaling_needs_no_prompt(tmp_path: Path) -> None:
    """An upscaler takes an image and a factor."""
    fal = _submits("fal-ai/esrgan")
    await Images(fal.client).submit_image_edit(
        _picture(tmp_path / "a"), "what it once was", model="fal-ai/esrgan", scale=4
    )
    assert json.loads(fal.requests[-1].content) == {"image_url": FILE, "scale": 4}


async def test_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    """The error names both sizes, and nothing is sent."""
    fal = _submits(FILL)
    with pytest.raises(ProviderError, match="9 × 6 pixels, the image 8 × 6") as caught:
        await Images(fal.client).submit_image_edit(
            _picture(tmp_path / "a"), "a hat", _picture(tmp_path / "b", (9, 6)), model=FILL
        )
    assert caught.value.kind is FailureKind.MASK_UNRELATED
    assert not fal.requests


async def test_file_that_is_no_image_is_refused(tmp_path: Path) -> None:
    """A video or a text file never reaches fal."""
    text = tmp_path / "text.png"
    text.write_text("I am not a picture")
    fal = _submits("fal-ai/nano-banana/edit")
    given = {
        text: FailureKind.PICTURE_UNREADABLE,
        make_clip(tmp_path / "clip.png"): FailureKind.PICTURE_FORMAT,
    }
    for path, kind in given.items():
        with pytest.raises(ProviderError) as caught:
            await Images(fal.client).submit_image_edit(
                path, "night", model="fal-ai/nano-banana/edit"
            )
        assert caught.value.kind is kind
    assert not fal.requests


async def test_unsupported_options_send_nothing(tmp_path: Path) -> None:
    """Options are checked before an image is uploaded or a job costs money."""
    fal = Fal({})
    images, picture = Images(fal.client), _picture(tmp_path / "a")
    with pytest.raises(ValueError, match="no size"):
        await images.submit_image("a cat", model=BANANA, size="round")
    misspelt: dict[str, Any] = {"sise": "wide"}
    with pytest.raises(ValueError, match="no option sise; it has: size, count"):
        await images.submit_image("a cat", model=BANANA, **misspelt)
    with pytest.raises(ValueError, match="needs image"):
        await images.submit_image("a cat", model="fal-ai/veo3.1")
    with pytest.raises(ValueError, match="needs a mask"):
        await images.submit_image_edit(picture, "a hat", model=FILL)
    with pytest.raises(ValueError, match="takes no mask"):
        await images.submit_image_edit(picture, "night", picture, model="fal-ai/nano-banana/edit")
    with pytest.raises(ValueError, match="takes 1 to 1 images, not 2"):
        await images.submit_image_edit([picture, picture], "a hat", picture, model=FILL)
    with pytest.raises(ValueError, match="no such model"):
        await images.submit_image("a cat", model="fal-ai/nothing")


async def test_image_is_polled_and_fetched(tmp_path: Path) -> None:
    """The same two calls poll and fetch images and videos."""
    fal = Fal(
        {
            TASK.status_url: httpx.Response(200, json={"status": "COMPLETED"}),
            TASK.response_url: httpx.Response(200, json={"images": [PICTURE]}),
            str(PICTURE["url"]): httpx.Response(200, content=b"\x89picture\0"),
        }
    )
    images = Images(fal.client)
    status = await images.check_status(TASK)
    assert status.result_url
    await images.download_result(status.result_url, tmp_path / "result")
    assert (tmp_path / "result").read_bytes() == b"\x89picture\0"
