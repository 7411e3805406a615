"""Rendered videos, decoded by PyAV."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import av
import pytest
from av.video.frame import VideoFrame
from PIL import Image, ImageChops, ImageStat

from tests.infra.sandbox.fal.account import Account, account
from tests.infra.sandbox.fal.pictures import data_uri

pytestmark = pytest.mark.slow

VIDU = "fal-ai/vidu/q3/text-to-video"
KLING = "fal-ai/kling-video/v3/standard/image-to-video"


@dataclass(frozen=True)
class Clip:
    content: bytes
    width: int
    height: int
    seconds: float
    picture: tuple[str, str]
    sound: tuple[str, int] | None
    sound_seconds: float
    frames: list[Image.Image]


async def _film(me: Account, endpoint: str, **fields: Any) -> Clip:
    output = await (await me.submit(endpoint, {"prompt": "a boat at sea", **fields})).output()
    file = output["video"]
    assert (file["content_type"], file["file_name"][-4:]) == ("video/mp4", ".mp4")
    content = await me.file(file["url"])
    assert file["file_size"] == len(content)
    return _look(content)


def _look(content: bytes) -> Clip:
    with av.open(io.BytesIO(content), "r") as container:
        video = container.streams.video[0]
        audio = next(iter(container.streams.audio), None)
        codec = video.codec_context
        frames = [_image(frame) for frame in container.decode(video)]
        assert video.duration is not None
        assert video.time_base is not None
        return Clip(
            content,
            codec.width,
            codec.height,
            float(video.duration * video.time_base),
            (codec.name, str(codec.pix_fmt)),
            (audio.codec_context.name, audio.codec_context.channels) if audio else None,
            float((audio.duration or 0) * (audio.time_base or 0)) if audio else 0.0,
            frames[:: max(1, len(frames) // 4)],
        )


def _image(frame: VideoFrame) -> Image.Image:
    image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV left it so
    return image


def _difference(first: Image.Image, second: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(first, second)).mean)


async def test_video_matches_the_request(me: Account) -> None:
    """Four seconds, square, H.264 that every browser plays, with stereo sound of the same length."""
    endpoint = "fal-ai/bytedance/seedance/v1.5/pro/text-to-video"
    clip = await _film(me, endpoint, duration="4", aspect_ratio="1:1", generate_audio=True)
    assert clip.width == clip.height
    assert clip.seconds == pytest.approx(4, abs=0.05)
    assert clip.picture == ("h264", "yuv420p")
    assert clip.sound == ("aac", 2)
    assert clip.sound_seconds == pytest.approx(4, abs=0.1)


async def test_video_has_the_requested_shape(me: Account, clip: Clip) -> None:
    """Without requested sound the video is silent."""
    tall = await _film(me, VIDU, duration=1, aspect_ratio="9:16", audio=False)
    for found, shape in ((clip, 16 / 9), (tall, 9 / 16)):
        assert found.width / found.height == pytest.approx(shape, abs=0.01)
        assert found.seconds == pytest.approx(1, abs=0.05)
        assert found.sound is None


@pytest.fixture(scope="module")
async def clip(fal: str) -> AsyncIterator[Clip]:
    async with account(fal, "film") as somebody:
        yield await _film(somebody, VIDU, duration=1, aspect_ratio="16:9", audio=False, seed=4)


async def test_video_starts_playing_before_it_is_loaded(clip: Clip) -> None:
    """The MP4's index precedes the frames."""
    assert 0 < clip.content.index(b"moov") < clip.content.index(b"mdat")


async def test_video_moves_slowly(clip: Clip) -> None:
    """Each frame differs slightly from the one before."""
    changes = [_difference(first, second) for first, second in pairwise(clip.frames)]
    assert all(0.5 < change < 60 for change in changes)


async def test_video_begins_with_the_given_image(me: Account) -> None:
    """The video takes the image's shape where the model offers no choice."""
    given = Image.new("RGB", (300, 450), "purple")
    url = data_uri(given)
    clip = await _film(me, KLING, start_image_url=url, duration="3", generate_audio=False)
    assert clip.width / clip.height == pytest.approx(2 / 3, abs=0.01)
    assert clip.seconds == pytest.approx(3, abs=0.05)
    middle = clip.frames[0].resize((1, 1)).getpixel((0, 0))
    assert middle == pytest.approx((128, 0, 128), abs=25)
