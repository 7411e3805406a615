"""WebP files whose decoding by Pillow would need too much memory.

The container: https://developers.google.com/speed/webp/docs/riff_container
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import av
from av.video.frame import VideoFrame
from PIL import Image

from infra.errors import BrokenResult

_ALPHA = 0x10


def parse_head(head: bytes) -> tuple[int, int, bool]:
    """Return width, height and whether pixels may be transparent.

    Pillow would allocate the whole canvas to open the file.
    """
    match head[12:16]:
        case b"VP8X":
            width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
            return width, height, bool(head[20] & _ALPHA)
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", head, 21)
            width, height = ((bits >> shift & 0x3FFF) + 1 for shift in (0, 14))
            return width, height, bool(bits >> 28 & 1)
        case b"VP8 ":
            width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", head, 26))
            return width, height, False
        case _:
            raise SyntaxError("no image in the WebP file")


def decode(path: Path, size: tuple[int, int], max_pixels: int) -> Image.Image:
    """Decode with FFmpeg, which needs a fourth of the memory of libwebp's animation decoder. It has no animations."""
    chunks = dict(riff_chunks(path))
    image: Image.Image = decode_frame(path, size, max_pixels).to_image()  # type: ignore[no-untyped-call] # PyAV leaves it untyped
    if profile := chunks.get(b"ICCP"):
        image.info["icc_profile"] = profile
    if exif := chunks.get(b"EXIF"):
        image.getexif().load(exif)
    return image


def decode_frame(path: Path, size: tuple[int, int], max_pixels: int) -> VideoFrame:
    # A function of its own, so that the decoder with the full-size image is freed on return.
    options = {"max_pixels": str(max_pixels)}
    with av.open(str(path), "r", format="webp_pipe", options=options) as file:
        stream = file.streams.video[0]
        stream.codec_context.thread_count = 1
        frame = next(file.decode(stream), None)
        if frame is None:
            raise BrokenResult("The image cannot be decoded: it is an animation, or empty.")
        form = "rgba" if "a" in frame.format.name else "rgb24"
        return frame.reformat(*size, format=form, interpolation="AREA")


def riff_chunks(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield the ICCP and EXIF chunks of a WebP file. Raises EOFError for a truncated file."""
    end = path.stat().st_size
    with path.open("rb") as file:
        position = 12
        while position + 8 <= end:
            file.seek(position)
            name, length = struct.unpack("<4sI", file.read(8))
            if position + 8 + length > end:
                raise EOFError
            if name in {b"ICCP", b"EXIF"}:
                yield name, file.read(length)
            position += 8 + length + length % 2
