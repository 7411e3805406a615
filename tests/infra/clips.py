"""Small videos, really encoded."""

from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_RATE = 10
_SOUND_RATE = 48_000


def make_clip(
    path: Path,
    *,
    seconds: float = 1,
    width: int = 64,
    height: int = 36,
    audio: bool = False,
    container: str = "mp4",
    codec: str = "h264",
) -> Path:
    """Write a black video, with silent audio if any."""
    with av.open(str(path), "w", format=container) as output:
        picture = output.add_stream(codec, rate=_RATE)
        assert isinstance(picture, VideoStream)
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        sound = _add_sound(output) if audio else None
        for _ in range(int(seconds * _RATE)):
            output.mux(picture.encode(_black(width, height)))
        output.mux(picture.encode())
        if sound:
            _encode_silence(output, sound)
    return path


def make_sound(path: Path) -> Path:
    """Write an MP4 without a video stream."""
    with av.open(str(path), "w", format="mp4") as output:
        _encode_silence(output, _add_sound(output))
    return path


def _add_sound(output: OutputContainer) -> AudioStream:
    stream = output.add_stream("aac", rate=_SOUND_RATE)
    assert isinstance(stream, AudioStream)
    return stream


def _encode_silence(output: OutputContainer, stream: AudioStream) -> None:
    frame = AudioFrame(format="fltp", layout="mono", samples=1024)
    frame.sample_rate = _SOUND_RATE
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    output.mux(stream.encode(frame))
    output.mux(stream.encode())


def _black(width: int, height: int) -> VideoFrame:
    frame = VideoFrame(width, height, "yuv420p")
    for plane, level in zip(frame.planes, (16, 128, 128), strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    return frame
