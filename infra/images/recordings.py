"""The length of a user's recording, measured without decoding it.

What Telegram says is what the sender's app has said, and a model bills what it hears.
"""

from pathlib import Path

import av

from infra.images.decode import decode
from infra.images.inspect import CLIP_COST
from infra.storage.disk_errors import is_disk_error, own_files

_FORMATS = {
    b"OggS": "ogg",
    b"fLaC": "flac",
    b"RIFF": "wav",
    b"ID3": "mp3",
    # Frames of MPEG audio without tags, and of AAC.
    **dict.fromkeys((b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2"), "mp3"),
    **dict.fromkeys((b"\xff\xf1", b"\xff\xf9"), "aac"),
}
# The shortest packets of Opus have 2.5 ms.
_MOST_PACKETS_A_SECOND = 400


async def measure_recording(path: Path, most_seconds: float) -> float | None:
    """Return the seconds of sound in a file, 0 without any, and None if it cannot be read.

    More than `most_seconds` are not measured exactly.
    """
    with own_files():
        try:
            return await decode(CLIP_COST, _measure, path, most_seconds)
        except (av.FFmpegError, ValueError) as error:
            if is_disk_error(error):
                raise
            return None


def _measure(path: Path, most_seconds: float) -> float:
    seconds = 0.0
    with av.open(str(path), "r", format=_format(path)) as container:
        if not container.streams.audio:
            return 0
        for number, packet in enumerate(container.demux(container.streams.audio[0])):
            if packet.duration and packet.time_base:
                seconds += float(packet.duration * packet.time_base)
            if seconds > most_seconds or number > most_seconds * _MOST_PACKETS_A_SECOND:
                return max(seconds, most_seconds + 1)
    return seconds


def _format(path: Path) -> str:
    """Return the format by the first bytes: a playlist could name other files."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp":
        return "mp4"
    found = next((name for first, name in _FORMATS.items() if head.startswith(first)), None)
    if found is None:
        raise ValueError("unknown format")
    return found
