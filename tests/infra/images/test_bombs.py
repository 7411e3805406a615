"""Decompression bombs: how infra/images/inspect.py handles them, and at what cost."""

import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.infra.clips import make_clip
from tests.processes import ROOT


def _chunk(name: bytes, content: bytes) -> bytes:
    """Of a PNG: https://www.w3.org/TR/png-3/#5Chunk-layout."""
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def _png_with(*chunks: bytes) -> bytes:
    """Return a tiny PNG with more chunks after its header."""
    whole = io.BytesIO()
    Image.new("RGB", (4, 4)).save(whole, "PNG")
    header_end = 33
    return whole.getvalue()[:header_end] + b"".join(chunks) + whole.getvalue()[header_end:]


def huge_png(_: Path | None = None) -> bytes:
    header = struct.pack(">IIBBBBB", 300_000, 300_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header)


def endless_text(_: Path | None = None) -> bytes:
    packed = zlib.compress(bytes(100_000_000))
    return _png_with(*(_chunk(b"zTXt", b"k%d\0\0" % number + packed) for number in range(5)))


def endless_profile(_: Path | None = None) -> bytes:
    return _png_with(_chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(100_000_000))))


def huge_webp(_: Path | None = None) -> bytes:
    """Return an animation on the largest canvas: https://developers.google.com/speed/webp/docs/riff_container."""
    side = (16_382).to_bytes(3, "little")
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes([2, 0, 0, 0]) + side + side
    content = b"WEBP" + canvas + b"ANIM" + struct.pack("<IIH", 6, 0, 0)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def endless_scans(_: Path | None = None) -> bytes:
    """Return a progressive JPEG that repeats its last scan: 31 bytes for ten milliseconds of work."""
    whole = io.BytesIO()
    Image.new("L", (900, 900), 128).save(whole, "JPEG", progressive=True)
    end = len(whole.getvalue()) - 2
    last = whole.getvalue()[whole.getvalue().rindex(b"\xff\xc4") : end]
    return whole.getvalue()[:end] + last * 100_000 + b"\xff\xd9"


def _huge_clip(path: Path) -> bytes:
    return make_clip(path, width=4000, height=4000, seconds=0.1).read_bytes()


def _clip_that_lies_of_its_size(path: Path) -> bytes:
    """Return a WebP with frames larger than its container says: https://www.rfc-editor.org/rfc/rfc6386#section-9.1."""
    clip = bytearray(make_clip(path, container="webm", codec="libvpx").read_bytes())
    size_at = clip.index(b"\x9d\x01\x2a") + 3
    clip[size_at : size_at + 4] = struct.pack("<HH", 16_383, 16_383)
    return bytes(clip)


_INSPECT = """
import asyncio, pathlib, resource, sys
from infra.errors import BrokenResult
from infra.images.inspect import inspect
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    asyncio.run(inspect(pathlib.Path(sys.argv[1]), max_pixels=1_000_000))
except BrokenResult as refusal:
    print("refused", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "bomb",
    [
        huge_png,
        endless_text,
        endless_profile,
        huge_webp,
        endless_scans,
        _huge_clip,
        _clip_that_lies_of_its_size,
    ],
)
def test_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, bomb: Callable[[Path], bytes]
) -> None:
    """A few bytes that expand to gigabytes cost almost nothing."""
    path = tmp_path / "bomb"
    path.write_bytes(bomb(tmp_path / "source"))
    command = [sys.executable, "-c", _INSPECT, str(path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    verdict, kibibytes = ran.stdout.split()
    assert verdict == "refused"
    assert int(kibibytes) < 25 * 1024
