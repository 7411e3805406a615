"""Reading of image files: the header, and the pixels upright, in sRGB and in the wanted size.

Large images are converted in strips, so that memory never
holds a second copy of the decoded image. https://pillow.readthedocs.io/en/stable/reference/Image.html
"""

import io
import math
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import av
from PIL import ExifTags, Image, ImageCms, ImageOps

from infra.errors import BrokenResult, FailureKind
from infra.images import webp
from infra.images.file_format import CLIPS, HEAD_BYTES, sniff
from infra.storage.disk_errors import is_disk_error

MAX_PIXELS = 64_000_000
#: Larger images are decoded in a child process.
ORDINARY_PIXELS = 16_000_000
Size = tuple[int, int]

_UNDECODABLE = (OSError, ValueError, SyntaxError, EOFError, struct.error)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# Peak memory of decoding, by format: measured, including copies.
_BYTES_A_PIXEL = {"png": 12, "gif": 12, "jpeg": 16, "webp": 24}
_ROTATED = frozenset({5, 6, 7, 8})
"""EXIF orientations that swap width and height."""
# Colour mode for a mode; RGB for all others.
_COLOURS = {"1": "L", "L": "L", "LA": "L", "CMYK": "CMYK"}
# A JPEG may be decoded to slightly less than the wanted size.
_NEARLY = 0.9
# A progressive JPEG has about ten scans of all its pixels; an attacker can add a scan with a few bytes.
_SCAN, MAX_SCANS = b"\xff\xda", 500
_STRIP_PIXELS = 4_000_000
# Rows on each side of a strip that the resampling filter needs.
_OVERLAP = 4


@dataclass(frozen=True, slots=True)
class Header:
    """Data from an image's header; width and height are as stored, before the EXIF orientation."""

    format: str
    width: int
    height: int
    may_be_transparent: bool = False

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @property
    def decoding_cost(self) -> int:
        """Maximum number of bytes that decoding needs."""
        return self.pixels * _BYTES_A_PIXEL[self.format]

    def within_side(self, longest: int) -> Size:
        return self._scaled(longest / max(self.width, self.height))

    def within_pixels(self, most: float) -> Size:
        return self._scaled((most / self.pixels) ** 0.5)

    def _scaled(self, factor: float) -> Size:
        if factor >= 1:
            return self.width, self.height
        return max(1, int(self.width * factor)), max(1, int(self.height * factor))


def read_header(file: IO[bytes], max_pixels: int = MAX_PIXELS) -> Header:
    """Read the header without decoding pixels. Raises BrokenResult."""
    head = file.read(HEAD_BYTES)
    form = sniff(head)
    if form in CLIPS:
        raise BrokenResult("This is a video, and an image is needed.", FailureKind.PICTURE_FORMAT)
    file.seek(0)
    with as_broken_result():
        header = (
            Header(form, *webp.parse_head(head))
            if form == "webp"
            else read_pillow_header(file, form)
        )
        check_pixels(header.width, header.height, max_pixels)
        return header


def read_headers(paths: Iterable[Path]) -> list[Header]:
    found = []
    for path in paths:
        with path.open("rb") as file:
            found.append(read_header(file))
    return found


def read_image(
    path: Path, header: Header, size: Size, *, quick: bool = False, keep_alpha: bool = False
) -> tuple[Image.Image, Size]:
    """Decode an image upright, in sRGB, as RGB or, with `keep_alpha` and transparency, as RGBA.

    The stored pixels are resized to `size`; otherwise transparent pixels become white. Metadata is dropped. The second
    value is the original size in upright orientation. Raises BrokenResult.
    """
    shown = header.width, header.height
    is_large_webp = header.format == "webp" and header.pixels > ORDINARY_PIXELS
    with (
        as_broken_result(),
        # Pillow also opens MPO, a JPEG followed by more images, which phones create.
        webp.decode(path, size, MAX_PIXELS)
        if is_large_webp
        else Image.open(path, formats=[header.format.upper()]) as image,
    ):
        if not is_large_webp:
            check_pixels(image.width, image.height, header.pixels)
            # A JPEG can be decoded to a half, a fourth or an eighth of its size at a fraction of the cost.
            image.draft(None, (math.ceil(size[0] * _NEARLY), math.ceil(size[1] * _NEARLY)))
        image.load()
        orientation = image.getexif().get(ExifTags.Base.Orientation)
        drawn = redraw(image, (min(size[0], image.width), min(size[1], image.height)), quick=quick)
    del image
    if not keep_alpha or drawn.mode == "L":
        drawn = flatten(drawn)
    if orientation in _ROTATED:
        shown = shown[::-1]
    if orientation:
        drawn.getexif()[ExifTags.Base.Orientation] = orientation
        ImageOps.exif_transpose(drawn, in_place=True)
    return drawn, shown


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    if not 0 < width * height <= max_pixels:
        raise BrokenResult(
            f"{width} × {height} pixels are more than can be decoded safely.",
            FailureKind.PICTURE_TOO_LARGE,
        )


def reduced(size: Size, longest: int) -> Size:
    """Return the size with its longer side reduced to `longest`."""
    factor = min(1.0, longest / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def flatten(image: Image.Image) -> Image.Image:
    """Return the image as RGB, with white for transparent pixels."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image if image.mode == "RGBA" else image.convert("RGBA"))
    return paper.convert("RGB")


@contextmanager
def as_broken_result() -> Iterator[None]:
    try:
        yield
    except _BOMBS as error:
        raise BrokenResult(
            "The image has more pixels than can be decoded safely.",
            FailureKind.PICTURE_TOO_LARGE,
        ) from error
    except (*_UNDECODABLE, av.FFmpegError) as error:
        # FFmpeg uses the system's error numbers for damaged data, too.
        is_disks = is_disk_error(error) and not isinstance(error, av.FFmpegError)
        if is_disks or isinstance(error, MemoryError):
            raise
        raise BrokenResult(f"The image cannot be decoded ({type(error).__name__}).") from error


def read_pillow_header(file: IO[bytes], form: str) -> Header:
    with Image.open(file, formats=[form.upper()]) as image:
        header = Header(form, image.width, image.height, image.has_transparency_data)
        is_progressive = "progressive" in image.info
    file.seek(0)
    parts = iter(partial(file.read, 1024 * 1024), b"") if is_progressive else ()
    if sum(part.count(_SCAN) for part in parts) > MAX_SCANS:
        raise BrokenResult(f"The image cannot be decoded: it has more than {MAX_SCANS} scans.")
    return header


def redraw(image: Image.Image, size: Size, *, quick: bool) -> Image.Image:
    """Convert the image to this size and to sRGB, a strip at a time."""
    convert = make_colour_conversion(image)
    resampling, gap = (Image.Resampling.HAMMING, 1.5) if quick else (Image.Resampling.LANCZOS, 3.0)
    scale = image.height / size[1]
    height = max(1, int(_STRIP_PIXELS / (image.width * scale)))
    drawn = Image.new(convert(image.crop((0, 0, 1, 1))).mode, size)
    for top in range(0, size[1], height):
        bottom = min(top + height, size[1])
        first, last = max(0, top - _OVERLAP), min(size[1], bottom + _OVERLAP)
        begin, end = int(first * scale), min(image.height, math.ceil(last * scale))
        is_whole = end - begin == image.height
        strip = convert(image if is_whole else image.crop((0, begin, image.width, end)))
        if size != image.size:
            box = (0, first * scale - begin, image.width, min(last * scale, end) - begin)
            strip = strip.resize((size[0], last - first), resampling, box, reducing_gap=gap)
        drawn.paste(strip.crop((0, top - first, size[0], bottom - first)), (0, top))
    return drawn


def make_colour_conversion(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """Return a function that converts a part of the image to grey, RGB or RGBA with 8 bits, in sRGB."""
    if image.mode.startswith("I"):
        # Pillow would clip 16-bit values to 255 instead of scaling them.
        return lambda part: part.convert("I").point(lambda level: level / 256).convert("L")
    is_transparent = image.has_transparency_data
    mode = _COLOURS.get(image.mode, "RGB")
    plain_mode = "RGBA" if is_transparent else mode.replace("CMYK", "RGB")
    transform = None
    if profile := image.info.get("icc_profile"):
        # An invalid profile is ignored.
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            given, srgb = (
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
            )
            transform = ImageCms.buildTransform(given, srgb, mode, "RGB")

    def convert(part: Image.Image) -> Image.Image:
        if transform is None:
            return part if part.mode == plain_mode else part.convert(plain_mode)
        # ImageCms supports fewer modes with an alpha channel, so alpha is handled apart.
        whole = part.convert("RGBA") if is_transparent else part
        colours = ImageCms.applyTransform(whole.convert(mode), transform) or whole
        if is_transparent:
            colours.putalpha(whole.getchannel("A"))
        return colours

    return convert
