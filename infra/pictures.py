"""A person's picture, made fit for a model: upright, in plain colours, of a size that it takes.

What a camera writes into a file (where and when it was taken) stays behind.
"""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import override

from PIL import Image

from infra.decoding import decode_picture
from infra.errors import BadPicture, BrokenResult, FailureKind
from infra.image_reader import read_header, read_headers, read_picture
from infra.media import Picture

MAX_MEGAPIXELS = 16.0
MIN_SIDE = 16
#: Bytes: a lossless picture that would be larger is kept as a JPEG.
MAX_LOSSLESS = 12 * 1024 * 1024


async def make_fit(source: Path, target: Path, max_megapixels: float = MAX_MEGAPIXELS) -> Picture:
    """Writes the picture (JPEG or PNG) to `target`; raises BadPicture."""
    with blamed():
        return await decode_picture((source,), _make_fit, source, target, max_megapixels)


async def count_pixels(source: Path) -> int:
    """What its header says, before anything is decoded; raises BadPicture."""
    with blamed():
        (header,) = await asyncio.to_thread(read_headers, (source,))
    return header.pixels


@contextmanager
def blamed() -> Iterator[None]:
    """What is wrong with a file is wrong with a person's picture."""
    try:
        yield
    except BrokenResult as error:
        raise BadPicture(error.flaw, error.detail) from error


def _make_fit(source: Path, target: Path, max_megapixels: float) -> Picture:
    with source.open("rb") as file:
        header = read_header(file)
    size = header.within_pixels(max_megapixels * 1_000_000)
    image, _ = read_picture(source, header, size)
    if min(image.size) < MIN_SIDE:
        raise BadPicture(
            FailureKind.PICTURE_TOO_SMALL,
            f"{image.width} × {image.height} pixels are too few: at least {MIN_SIDE} a side are needed.",
        )
    form, content = _encode(image, lossy=header.format == "jpeg")
    target.write_bytes(content)
    return Picture(form, image.width, image.height)


def _encode(image: Image.Image, *, lossy: bool) -> tuple[str, bytes]:
    if not lossy:
        bounded = _Bounded()
        try:
            image.save(bounded, "PNG", compress_level=4)
        except _TooHeavy:
            pass
        else:
            return "png", bounded.getvalue()
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=95, subsampling=0)
    return "jpeg", encoded.getvalue()


class _TooHeavy(Exception):  # noqa: N818 - the name says what the file would be
    pass


class _Bounded(io.BytesIO):
    """What would be too heavy is not encoded to its end."""

    @override
    def write(self, data: object, /) -> int:
        written = super().write(data)  # type: ignore[arg-type] # Pillow writes bytes
        if self.tell() > MAX_LOSSLESS:
            raise _TooHeavy
        return written
