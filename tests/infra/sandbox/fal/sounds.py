"""Small sounds, really encoded."""

import array
import io
import math

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

_RATE = 48_000
_SAMPLES = 960


def make_voice(
    *, seconds: float = 1, loudness: float = 0.3, comment: str = "", hertz: float = 440
) -> bytes:
    """Return an Ogg file with Opus, as Telegram records voice messages, with a tone instead of speech."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as output:
        stream = output.add_stream("libopus", rate=_RATE)
        assert isinstance(stream, AudioStream)
        stream.layout = "mono"
        if comment:
            output.metadata["comment"] = comment
        for number in range(int(seconds * _RATE / _SAMPLES)):
            at = range(number * _SAMPLES, (number + 1) * _SAMPLES)
            tone = (loudness * math.sin(2 * math.pi * hertz * step / _RATE) for step in at)
            frame = AudioFrame(format="flt", layout="mono", samples=_SAMPLES)
            frame.sample_rate = _RATE
            frame.planes[0].update(array.array("f", tone).tobytes())
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return buffer.getvalue()
