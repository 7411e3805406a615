"""Video encoding and decoding: https://pyav.basswood-io.com/docs/stable/."""

import io
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
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
from infra.sandbox.fal.sizes import clip_sides

# Frames are drawn at 480p; a larger video is enlarged, and has fewer frames a second, so that it takes no longer.
_DRAWN_AREA = 864 * 480
_RATES = {_DRAWN_AREA * 5 // 4: 24, 1280 * 720 * 5 // 4: 12, 1920 * 1080 * 5 // 4: 6}
_SLOWEST = 2
_KEPT_PER_SECOND = 12
# faststart: a player can begin before it has the whole file.
_CONTAINER = {"movflags": "faststart"}
_VIDEO = {"preset": "ultrafast", "crf": "24", "tune": "zerolatency", "threads": "1"}


@dataclass(frozen=True)
class Footage:
    """A decoded video: some of its frames, evenly spaced, the last one included."""

    frames: list[Image.Image]
    size: Size
    seconds: float
    has_sound: bool
    rate: float
    is_mp4: bool

    @property
    def last(self) -> Image.Image:
        return self.frames[-1]


@dataclass(frozen=True)
class Shot:
    """What a video shows: a scene of the prompt, a picture, a transition to `last`, or `footage` and what follows."""

    prompt: str
    seed: int
    first: Image.Image | None = None
    last: Image.Image | None = None
    footage: Footage | None = None


def film(shot: Shot, size: Size, seconds: int, *, has_sound: bool) -> bytes:
    """Write an MP4 (H.264, and AAC when it has sound) of exactly this many seconds.

    Footage comes first, and the rest continues its last frame.
    """
    rate = frames_per_second(size)
    small = clip_sides(size[0] / size[1], min(_DRAWN_AREA, size[0] * size[1]))
    count = seconds * rate
    shown = _resampled(shot.footage, rate)[:count] if shot.footage else []
    rest = count - len(shown)
    frames = itertools.chain(shown, motion.frames(_motion(shot, small), rest) if rest else ())
    return _write(frames, size, rate, seconds, sound_seed=shot.seed if has_sound else None)


def frames_per_second(size: Size) -> int:
    area = size[0] * size[1]
    return next((rate for limit, rate in _RATES.items() if area <= limit), _SLOWEST)


def read(content: bytes) -> Footage:
    """Decode a video; raise ValueError if it is none."""
    try:
        with av.open(io.BytesIO(content), "r") as container:
            video = container.streams.video[0]
            size = video.codec_context.width, video.codec_context.height
            rate = float(video.average_rate or 24)
            step = max(1, round(rate / _KEPT_PER_SECOND))
            frames = list(_sampled(container.decode(video), step, size))
            seconds = (container.duration or 0) / av.time_base
            # FFmpeg has one format for MP4 and QuickTime.
            is_mp4 = (
                "mp4" in container.format.name and container.metadata.get("major_brand") != "qt  "
            )
            return Footage(frames, size, seconds, bool(container.streams.audio), rate, is_mp4)
    except (av.FFmpegError, IndexError) as error:
        raise ValueError("no video") from error


def _sampled(frames: Iterator[VideoFrame], step: int, size: Size) -> Iterator[Image.Image]:
    """Yield every n-th frame and the last one, no larger than the fake draws."""
    small = clip_sides(size[0] / size[1], min(_DRAWN_AREA, size[0] * size[1]))
    index, frame = -1, None
    for index, frame in enumerate(frames):
        if index % step == 0:
            yield _image(frame.reformat(*small))
    if frame is None:
        raise IndexError("no frames")
    if index % step:
        yield _image(frame.reformat(*small))


def _motion(shot: Shot, size: Size) -> motion.Frame:
    first = shot.footage.last if shot.footage else shot.first
    if first is None:
        return motion.from_scene(shot.prompt, shot.seed, size)
    if shot.last is not None:
        return motion.between(first, shot.last, size)
    return motion.from_picture(first, shot.seed, size)


def _resampled(footage: Footage, rate: int) -> list[Image.Image]:
    """Return the frames that this rate shows in the footage's time."""
    count = max(1, round(footage.seconds * rate))
    return [footage.frames[index * len(footage.frames) // count] for index in range(count)]


def _write(
    frames: Iterator[Image.Image], size: Size, rate: int, seconds: int, sound_seed: int | None
) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clip.mp4")
        with av.open(path, "w", format="mp4", options=_CONTAINER) as container:
            video = _video_stream(container, size, rate)
            audio = None if sound_seed is None else container.add_stream("aac", rate=sound.RATE)
            for image in frames:
                container.mux(video.encode(_frame(image, size)))
            container.mux(video.encode(None))
            if audio is not None and sound_seed is not None:
                _write_audio(container, audio, sound_seed, seconds)
        return path.read_bytes()


def _video_stream(container: OutputContainer, size: Size, rate: int) -> VideoStream:
    stream = container.add_stream("libx264", rate=rate, options=_VIDEO)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    return stream


def _frame(image: Image.Image, size: Size) -> VideoFrame:
    frame: VideoFrame = VideoFrame.from_image(image)  # type: ignore[no-untyped-call]  # PyAV left it so
    return frame.reformat(*size, format="yuv420p")


def _image(frame: VideoFrame) -> Image.Image:
    image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV left it so
    return image


def _write_audio(container: OutputContainer, stream: AudioStream, seed: int, seconds: int) -> None:
    samples = sound.chord(seed, seconds)
    frame = av.AudioFrame(format="s16", layout="stereo", samples=len(samples) // 2)
    frame.planes[0].update(samples.tobytes())
    frame.sample_rate = sound.RATE
    frame.time_base = Fraction(1, sound.RATE)
    frame.pts = 0
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
