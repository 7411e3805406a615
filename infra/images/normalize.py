"""Conversion of a user's image for a model: upright, in sRGB, within the model's limits.

Metadata, such as a camera's place and time, is removed.
"""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import override

from PIL import Image

from infra.errors import BadPicture, BrokenResult, FailureKind
from infra.images.bounds import Bounds
from infra.images.decode import decode_image
from infra.images.inspect import ImageInfo
from infra.images.reader import read_header, read_headers, read_image

_USUAL = Bounds()
MAX_MEGAPIXELS = _USUAL.max_megapixels


async def make_fit(source: Path, target: Path, bounds: Bounds = _USUAL) -> ImageInfo:
    """Write the converted image (JPEG or PNG) to `target`. Raises BadPicture."""
    with blamed():
        return await decode_image((source,), convert, source, target, bounds)


async def count_pixels(source: Path) -> int:
    """Return the number of pixels by the header, without decoding. Raises BadPicture."""
    with blamed():
        (header,) = await asyncio.to_thread(read_headers, (source,))
    return header.pixels


@contextmanager
def blamed() -> Iterator[None]:
    """Turn BrokenResult into BadPicture: the file comes from a user."""
    try:
        yield
    except BrokenResult as error:
        raise BadPicture(error.flaw, error.detail) from error


def convert(source: Path, target: Path, bounds: Bounds) -> ImageInfo:
    with source.open("rb") as file:
        header = read_header(file)
    # Checked before decoding: reducing an image does not change its ratio.
    match bounds.flaw(*sorted((header.width, header.height))):
        case FailureKind.PICTURE_TOO_LONG as flaw:
            limit = f"too long: the limit is {bounds.max_ratio:g} to 1"
        case FailureKind.PICTURE_TOO_SMALL as flaw:
            limit = f"too few: each side needs at least {bounds.min_side}"
        case flaw:
            limit = ""
    if flaw:
        raise BadPicture(flaw, f"{header.width} × {header.height} pixels are {limit}.")
    size = min(
        header.within_pixels(bounds.max_megapixels * 1_000_000), header.within_side(bounds.max_side)
    )
    image, _ = read_image(source, header, size)
    form, content = encode(image, bounds.max_lossless, lossy=header.format == "jpeg")
    target.write_bytes(content)
    return ImageInfo(form, image.width, image.height)


def encode(image: Image.Image, max_lossless: int, *, lossy: bool) -> tuple[str, bytes]:
    if not lossy:
        bounded = _Bounded(max_lossless)
        try:
            image.save(bounded, "PNG", compress_level=4)
        except _TooHeavy:
            pass
        else:
            return "png", bounded.getvalue()
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=95, subsampling=0)
    return "jpeg", encoded.getvalue()


class _TooHeavy(Exception):  # noqa: N818 - named after the file
    pass


class _Bounded(io.BytesIO):
    """A buffer that stops the encoding when it exceeds `most` bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    @override
    def write(self, data: object, /) -> int:
        written = super().write(data)  # type: ignore[arg-type] # Pillow writes bytes
        if self.tell() > self._most:
            raise _TooHeavy
        return written
