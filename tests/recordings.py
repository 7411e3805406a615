"""Recordings of users, really encoded. The comment in the file is what fal's fake hears."""

import array
import io
import math
from fractions import Fraction

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer

_RATE = 48_000
_SAMPLES = 960
_CODECS = {
    "ogg": "libopus",
    "webm": "libopus",
    "mp3": "libmp3lame",
    "wav": "pcm_s16le",
    "mp4": "aac",
}
_FORMATS = {"libopus": "flt", "libmp3lame": "fltp", "pcm_s16le": "s16", "aac": "fltp"}
_SIDE, _FRAMES_PER_SECOND = 96, 5


def recording(
    words: str = "", *, seconds: float = 1, form: str = "ogg", loudness: float = 0.3
) -> bytes:
    """Return a tone as OGG with Opus, in which Telegram's apps record, or in another form."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as target:
        if words:
            target.metadata["comment"] = words
        _add_tone(target, _CODECS[form], seconds, loudness)
    return out.getvalue()


def video_note(words: str = "", *, seconds: int = 1, height: int = _SIDE) -> bytes:
    """Return an MP4 with sound; a video message is square."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as target:
        target.metadata["comment"] = words
        picture = target.add_stream("libx264", rate=_FRAMES_PER_SECOND)
        picture.width, picture.height, picture.pix_fmt = _SIDE, height, "yuv420p"
        picture.time_base = Fraction(1, _FRAMES_PER_SECOND)
        sound = _stream(target, _CODECS["mp4"])
        for _ in range(seconds * _FRAMES_PER_SECOND):
            target.mux(picture.encode(av.VideoFrame(_SIDE, height, "yuv420p")))
        target.mux(picture.encode())
        _encode_tone(target, sound, seconds, 0.3)
    return out.getvalue()


def _add_tone(target: OutputContainer, codec: str, seconds: float, loudness: float) -> None:
    _encode_tone(target, _stream(target, codec), seconds, loudness)


def _stream(target: OutputContainer, codec: str) -> AudioStream:
    stream = target.add_stream(codec, rate=_RATE)
    assert isinstance(stream, AudioStream)
    stream.layout = "mono"
    return stream


def _encode_tone(
    target: OutputContainer, stream: AudioStream, seconds: float, loudness: float
) -> None:
    resampler = av.AudioResampler(_FORMATS[stream.codec_context.name], "mono", _RATE)
    for number in range(int(seconds * _RATE / _SAMPLES)):
        at = range(number * _SAMPLES, (number + 1) * _SAMPLES)
        tone = (loudness * math.sin(2 * math.pi * 440 * step / _RATE) for step in at)
        frame = AudioFrame(format="flt", layout="mono", samples=_SAMPLES)
        frame.sample_rate = _RATE
        frame.pts = number * _SAMPLES
        frame.planes[0].update(array.array("f", tone).tobytes())
        for part in resampler.resample(frame):
            target.mux(stream.encode(part))
    target.mux(stream.encode())
