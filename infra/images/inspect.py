"""Validation of images and videos by their content; names and types are ignored.

Images: infra/images/reader.py and, without decoding, infra/images/containers.py; videos: https://pyav.basswood-io.com.
"""

import asyncio
import io
from dataclasses import dataclass
from pathlib import Path

import av
from PIL import Image

from infra.errors import BrokenResult, FailureKind
from infra.images import containers
from infra.images.decode import decode, decode_apart, decode_image
from infra.images.file_format import CLIPS, HEAD_BYTES, sniff, sniff_file
from infra.images.reader import (
    MAX_PIXELS,
    check_pixels,
    flatten,
    read_header,
    read_image,
    reduced,
)

MAX_SECONDS = 120.0
# Frames a second of a video that does not say it.
_USUAL_RATE = 30

_THUMBNAIL_SIDE = 320
#: Bytes of a file that is verified without decoding it; it is in memory meanwhile.
MAX_VERIFIED = 10_000_000
#: Videos above 4K are decoded in a child process.
ORDINARY_CLIP = 9_000_000
#: Bytes for decoding one frame, including the frames that the decoder keeps.
CLIP_COST = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """`format` is Pillow's name in lower case (`png`, `jpeg`); width and height are pixels in upright orientation."""

    format: str
    width: int
    height: int
    is_transparent: bool = False

    @property
    def content_type(self) -> str:
        return f"image/{self.format}"


@dataclass(frozen=True, slots=True)
class Clip:
    """`format` is `mp4` or `webm`; width and height are pixels, duration is seconds, `codec` is FFmpeg's name."""

    format: str
    width: int
    height: int
    duration: float
    has_audio: bool
    codec: str = ""
    frames: int = 0

    @property
    def content_type(self) -> str:
        return f"video/{self.format}"


async def verify(path: Path, max_pixels: int = MAX_PIXELS) -> ImageInfo | None:
    """Return what an image is if its container proves it; None for a file that has to be decoded."""
    return await decode(MAX_VERIFIED, verify_image, path, max_pixels)


async def examine(
    path: Path, *, max_pixels: int = MAX_PIXELS, max_seconds: float = MAX_SECONDS
) -> tuple[ImageInfo | Clip, bytes]:
    """Decode a file once; return what it is and its thumbnail. Raises BrokenResult with the reason.

    The thumbnail is a JPEG of at most 320 pixels a side, below 200 kB.
    """
    if await asyncio.to_thread(sniff_file, path) not in CLIPS:
        return await decode_image((path,), examine_image, path, max_pixels)
    ordinary = min(max_pixels, ORDINARY_CLIP)
    try:
        return await decode(CLIP_COST, examine_clip, path, ordinary, max_seconds)
    except BrokenResult as error:
        if error.flaw is not FailureKind.PICTURE_TOO_LARGE or ordinary == max_pixels:
            raise
    return await decode_apart(examine_clip, path, max_pixels, max_seconds)


async def inspect(
    path: Path, *, max_pixels: int = MAX_PIXELS, max_seconds: float = MAX_SECONDS
) -> ImageInfo | Clip:
    """Decode a file and return what it is. Raises BrokenResult with the reason."""
    found, _ = await examine(path, max_pixels=max_pixels, max_seconds=max_seconds)
    return found


def verify_image(path: Path, max_pixels: int) -> ImageInfo | None:
    with path.open("rb") as file:
        content = file.read(MAX_VERIFIED + 1)
    form = sniff(content[:HEAD_BYTES])
    header = containers.verify(content, form) if len(content) <= MAX_VERIFIED else None
    if header is None or header.pixels > max_pixels:
        return None
    return ImageInfo(form, header.width, header.height)


def examine_image(path: Path, max_pixels: int) -> tuple[ImageInfo, bytes]:
    with path.open("rb") as file:
        header = read_header(file, max_pixels)
    size = header.within_side(_THUMBNAIL_SIDE)
    small, shown = read_image(path, header, size, quick=True, keep_alpha=True)
    # Some models write an alpha channel that is opaque everywhere.
    is_transparent = small.mode == "RGBA" and small.getchannel("A").getextrema() != (255, 255)
    return ImageInfo(header.format, *shown, is_transparent), encode_thumbnail(flatten(small))


def examine_clip(path: Path, max_pixels: int, max_seconds: float) -> tuple[Clip, bytes]:
    form = sniff_file(path)
    # Opening already decodes some frames, so the limit is set here. `format` stops FFmpeg from guessing another one.
    options = {"max_pixels": str(max_pixels)}
    try:
        with av.open(str(path), "r", format=form, options=options) as container:
            if not container.streams.video:
                raise BrokenResult("The file has no video track.")
            stream = container.streams.video[0]
            check_pixels(stream.width, stream.height, max_pixels)
            # The codec's size may differ from the container's.
            stream.codec_context.options = {"max_pixels": str(max_pixels)}
            # One thread is enough for one frame; each thread would keep frames of its own.
            stream.codec_context.thread_count = 1
            frame = next(container.decode(stream), None)
            if frame is None:
                raise BrokenResult("The video has no complete frame.")
            duration = (container.duration or 0) / av.time_base
            if not 0 < duration <= max_seconds:
                raise BrokenResult(
                    f"The video is {duration:.1f} s long; the limit is {max_seconds:.0f} s."
                )
            has_audio = bool(container.streams.audio)
            size = reduced((frame.width, frame.height), _THUMBNAIL_SIDE)
            small = frame.reformat(*size, format="rgb24", interpolation="AREA")
            thumbnail = encode_thumbnail(small.to_image())  # type: ignore[no-untyped-call] # PyAV leaves it untyped
            frames = stream.frames or round(duration * float(stream.average_rate or _USUAL_RATE))
            codec = stream.codec_context.name
            found = Clip(
                form, frame.width, frame.height, duration, has_audio, codec, max(1, frames)
            )
            return found, thumbnail
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise BrokenResult(f"The video cannot be decoded ({type(error).__name__}).") from error


def encode_thumbnail(thumbnail: Image.Image) -> bytes:
    encoded = io.BytesIO()
    thumbnail.save(encoded, "JPEG", quality=85)
    return encoded.getvalue()
