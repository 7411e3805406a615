import json
from pathlib import Path

import httpx
import pytest
from PIL import Image

from infra.fal.videos import Videos
from tests.infra.fal.answers import FILE, QUEUE, SUBMITTED, TASK, UPLOADS, Fal

SEEDANCE = "fal-ai/bytedance/seedance/v1.5/pro/text-to-video"
KLING = "fal-ai/kling-video/v3/standard/image-to-video"


def _submits(endpoint: str) -> Fal:
    return Fal({**UPLOADS, f"{QUEUE}/{endpoint}": httpx.Response(200, json=SUBMITTED)})


async def test_video_request_uses_the_models_fields() -> None:
    """Length, shape and sound have the model's format."""
    fal = _submits(SEEDANCE)
    task = await Videos(fal.client).submit_video_from_text("a cat", 8, "1:1", True, model=SEEDANCE)
    assert task == TASK
    assert json.loads(fal.requests[0].content) == {
        "prompt": "a cat",
        "duration": "8",
        "aspect_ratio": "1:1",
        "generate_audio": True,
        "enable_safety_checker": True,
    }


async def test_video_from_an_image(tmp_path: Path) -> None:
    """The image is uploaded first; the video takes its shape."""
    path = tmp_path / "photo"
    Image.new("RGB", (8, 8)).save(path, "JPEG")
    fal = _submits(KLING)
    await Videos(fal.client).submit_video_from_image(
        path, "it moves", 4, None, False, model=KLING, style="cinematic"
    )
    sent = json.loads(fal.requests[-1].content)
    assert (sent["start_image_url"], sent["duration"], sent["generate_audio"]) == (FILE, "4", False)
    assert sent["prompt"].startswith("it moves, cinematic")
    assert "aspect_ratio" not in sent


async def test_unsupported_options_send_nothing(tmp_path: Path) -> None:
    """A shape or a length that is not offered is refused before anything is sent."""
    fal = Fal({})
    videos = Videos(fal.client)
    with pytest.raises(ValueError, match="possible: 16:9, 9:16"):
        await videos.submit_video_from_text("a cat", 8, "1:1", True, model="fal-ai/veo3.1")
    with pytest.raises(ValueError, match="possible: 4, 5"):
        await videos.submit_video_from_text("a cat", 3, "1:1", True, model=SEEDANCE)
    with pytest.raises(ValueError, match="no option aspect"):
        await videos.submit_video_from_image(tmp_path, "a cat", 8, "1:1", True, model=KLING)
    with pytest.raises(ValueError, match="needs video"):
        await videos.submit_video_from_text("a cat", 8, None, None, model="fal-ai/flux/dev")
