"""Video encoding: https://pyav.basswood-io.com/docs/stable/."""

import math
import tempfile
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from infra.sandbox.fal.rendering import motion, sound
from infra.sandbox.fal.rendering.brush import Size

_FRAMES_PER_SECOND = 24
_AREA = 854 * 480
_WIDE = "16:9"
# faststart: a player can begin before it has the whole file.
_CONTAINER = {"movflags": "faststart"}
_VIDEO = {"preset": "ultrafast", "crf": "24", "tune": "zerolatency", "threads": "1"}


def film(  # noqa: PLR0913 - a video needs all of these
    prompt: str,
    seed: int,
    aspect: str | None,
    seconds: int,
    source: Image.Image | None = None,
    *,
    has_sound: bool,
) -> bytes:
    """Write an MP4 (H.264, and AAC when it has sound) of exactly this many seconds."""
    size = _size(aspect, source)
    frame = (
        motion.from_scene(prompt, seed, size)
        if source is None
        else motion.from_picture(source, seed, size)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clip.mp4")
        with av.open(path, "w", format="mp4", options=_CONTAINER) as container:
            video = _video_stream(container, size)
            audio = container.add_stream("aac", rate=sound.RATE) if has_sound else None
            _write_video(container, video, frame, seconds)
            if audio is not None:
                _write_audio(container, audio, seed, seconds)
        return path.read_bytes()


def _size(aspect: str | None, source: Image.Image | None) -> Size:
    """Return even sides with about the area of 480p: H.264 with 4:2:0 requires even sides."""
    if aspect is None and source is not None:
        ratio = max(1 / 3, min(3.0, source.width / source.height))
    else:
        width, _, height = (aspect or _WIDE).partition(":")
        ratio = int(width) / int(height)
    return _even(math.sqrt(_AREA * ratio)), _even(math.sqrt(_AREA / ratio))


def _even(side: float) -> int:
    return round(side / 2) * 2


def _video_stream(container: OutputContainer, size: Size) -> VideoStream:
    stream = container.add_stream("libx264", rate=_FRAMES_PER_SECOND, options=_VIDEO)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    return stream


def _write_video(
    container: OutputContainer, stream: VideoStream, frame: motion.Frame, seconds: int
) -> None:
    for image in motion.frames(frame, seconds * _FRAMES_PER_SECOND):
        container.mux(stream.encode(_frame(image)))
    container.mux(stream.encode(None))


def _frame(image: Image.Image) -> VideoFrame:
    frame: VideoFrame = VideoFrame.from_image(image)  # type: ignore[no-untyped-call]  # PyAV left it so
    return frame


def _write_audio(container: OutputContainer, stream: AudioStream, seed: int, seconds: int) -> None:
    samples = sound.chord(seed, seconds)
    frame = av.AudioFrame(format="s16", layout="stereo", samples=len(samples) // 2)
    frame.planes[0].update(samples.tobytes())
    frame.sample_rate = sound.RATE
    frame.time_base = Fraction(1, sound.RATE)
    frame.pts = 0
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
