"""Whether a file is the picture or clip that it claims to be, by its content and never by its name.

Pictures: https://pillow.readthedocs.io/en/stable/reference/Image.html; clips: https://pyav.basswood-io.com.
"""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from PIL import ExifTags, Image, ImageOps

from infra.errors import BrokenResult, FailureKind

MAX_PIXELS = 64_000_000
MAX_SECONDS = 120.0

_PICTURE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_LYING = frozenset({5, 6, 7, 8})
"""EXIF orientations that swap width and height."""
_UNDECODABLE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_PICTURE_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"})
_EBML = b"\x1aE\xdf\xa3"
_THUMBNAIL_SIDE = 320
# Modes whose numbers are the colours themselves, and may be averaged.
_PLAIN = {"L", "RGB", "RGBA"}


@dataclass(frozen=True, slots=True)
class Picture:
    """`format` is Pillow's name in lower case (`png`, `jpeg`); width and height are pixels as shown."""

    format: str
    width: int
    height: int

    @property
    def content_type(self) -> str:
        return f"image/{self.format}"


@dataclass(frozen=True, slots=True)
class Clip:
    """`format` is `mp4` or `webm`; width and height are pixels, duration is seconds."""

    format: str
    width: int
    height: int
    duration: float
    has_audio: bool

    @property
    def content_type(self) -> str:
        return f"video/{self.format}"


async def examine(path: Path) -> tuple[Picture | Clip, bytes]:
    """What the file is, and its thumbnail, decoded once for both; raises BrokenResult.

    The thumbnail is a JPEG of at most 320 pixels a side, which keeps it below 200 kB.
    """
    return await asyncio.to_thread(_examine, path)


async def inspect(
    path: Path, *, max_pixels: int = MAX_PIXELS, max_seconds: float = MAX_SECONDS
) -> Picture | Clip:
    """What the file is, decoded to be sure; BrokenResult says what is wrong with it."""
    return await asyncio.to_thread(_inspect, path, max_pixels, max_seconds)


def _examine(path: Path) -> tuple[Picture | Clip, bytes]:
    if form := sniff_clip(path):
        with _open_clip(path, form, MAX_PIXELS) as container:
            frame = _first_frame(container, MAX_PIXELS)
            return _describe_clip(container, frame, form, MAX_SECONDS), _encode(_as_image(frame))
    with open_picture(path) as image:
        return _describe_picture(image), _encode(image)


def _inspect(path: Path, max_pixels: int, max_seconds: float) -> Picture | Clip:
    form = sniff_clip(path)
    if form:
        return _inspect_clip(path, form, max_pixels, max_seconds)
    return _inspect_picture(path, max_pixels)


def sniff_clip(path: Path) -> str | None:
    """The clip format that the first bytes announce; None: it may be a picture. Raises BrokenResult."""
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        raise BrokenResult("The file is empty.")
    # An ISO media file names its first box from byte 4, and its brand after that.
    if head[4:8] == b"ftyp":
        if head[8:12] in _PICTURE_BRANDS:
            raise BrokenResult(
                "HEIC and AVIF images cannot be read: use JPEG, PNG or WebP.",
                FailureKind.PICTURE_FORMAT,
            )
        return "mp4"
    if head.startswith(_EBML):
        if b"webm" not in head:
            raise BrokenResult("Videos are MP4 or WebM; this is Matroska.")
        return "webm"
    return None


def _inspect_picture(path: Path, max_pixels: int) -> Picture:
    with open_picture(path, max_pixels) as image:
        return _describe_picture(image)


def _describe_picture(image: Image.Image) -> Picture:
    return Picture(picture_format(image), *_shown_size(image))


def picture_format(image: Image.Image) -> str:
    # MPO is a JPEG with more pictures behind it, as phones make them.
    return "jpeg" if image.format == "MPO" else (image.format or "").lower()


def _shown_size(image: Image.Image) -> tuple[int, int]:
    if image.getexif().get(ExifTags.Base.Orientation) in _LYING:
        return image.height, image.width
    return image.width, image.height


@contextmanager
def open_picture(path: Path, max_pixels: int = MAX_PIXELS) -> Iterator[Image.Image]:
    """A picture, decoded; raises BrokenResult."""
    try:
        with Image.open(path, formats=_PICTURE_FORMATS) as image:
            # The size stands in the header: a bomb is refused before any pixel is decoded.
            _check_pixels(image.width, image.height, max_pixels)
            image.load()
            yield image
    except _UNDECODABLE as error:
        raise BrokenResult(f"The image cannot be decoded ({type(error).__name__}).") from error


def _inspect_clip(path: Path, form: str, max_pixels: int, max_seconds: float) -> Clip:
    with _open_clip(path, form, max_pixels) as container:
        frame = _first_frame(container, max_pixels)
        return _describe_clip(container, frame, form, max_seconds)


def _describe_clip(
    container: InputContainer, frame: VideoFrame, form: str, max_seconds: float
) -> Clip:
    duration = (container.duration or 0) / av.time_base
    if not 0 < duration <= max_seconds:
        raise BrokenResult(f"The video is {duration:.1f} s long; up to {max_seconds:.0f} s pass.")
    return Clip(
        format=form,
        width=frame.width,
        height=frame.height,
        duration=duration,
        has_audio=bool(container.streams.audio),
    )


@contextmanager
def _open_clip(path: Path, form: str, max_pixels: int) -> Iterator[InputContainer]:
    # Opening decodes some frames already; and what a file is, FFmpeg must not guess otherwise than we did.
    options = {"max_pixels": str(max_pixels)}
    try:
        with av.open(str(path), "r", format=form, options=options) as container:
            yield container
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise BrokenResult(f"The video cannot be decoded ({type(error).__name__}).") from error


def _first_frame(container: InputContainer, max_pixels: int) -> VideoFrame:
    if not container.streams.video:
        raise BrokenResult("The file has no video track.")
    stream = container.streams.video[0]
    _check_pixels(stream.width, stream.height, max_pixels)
    # The container's word for the size is not the codec's.
    stream.codec_context.options = {"max_pixels": str(max_pixels)}
    # For one frame: each thread of a decoder keeps frames of its own.
    stream.codec_context.thread_count = 1
    frame = next(container.decode(stream), None)
    if frame is None:
        raise BrokenResult("The video holds not one whole frame.")
    return frame


def _check_pixels(width: int, height: int, max_pixels: int) -> None:
    if not 0 < width * height <= max_pixels:
        raise BrokenResult(
            f"{width} × {height} pixels are more than can be handled safely.",
            FailureKind.PICTURE_TOO_LARGE,
        )


def _as_image(frame: VideoFrame) -> Image.Image:
    image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call] # PyAV leaves it untyped
    return image


def _encode(image: Image.Image) -> bytes:
    # Made small before it is turned and flattened: half the time.
    small = image if image.mode in _PLAIN else _shown(image)
    # Most of the way in whole steps, and a narrower filter: a third of the time, and the same to the eye at this size.
    side = (_THUMBNAIL_SIDE, _THUMBNAIL_SIDE)
    small.thumbnail(side, Image.Resampling.HAMMING, reducing_gap=1.5)
    encoded = io.BytesIO()
    _shown(small).save(encoded, "JPEG", quality=85)
    return encoded.getvalue()


def _shown(image: Image.Image) -> Image.Image:
    """As people see it: turned first, for what is flattened may have lost the word for it."""
    return flatten(ImageOps.exif_transpose(image))


def flatten(image: Image.Image) -> Image.Image:
    """In plain colours: what shows through becomes white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image.convert("RGBA"))
    return paper.convert("RGB")
