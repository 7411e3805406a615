"""Small copies of images, for models that only look at them."""

import io
from pathlib import Path

from infra.images.decode import decode_image
from infra.images.reader import read_header, read_image


async def small_jpeg(source: Path, side: int) -> bytes:
    """Return the image upright as a JPEG of at most `side` pixels a side. Raises BrokenResult."""
    return await decode_image((source,), shrink, source, side)


def shrink(source: Path, side: int) -> bytes:
    with source.open("rb") as file:
        header = read_header(file)
    image, _ = read_image(source, header, header.within_side(side))
    encoded = io.BytesIO()
    image.convert("RGB").save(encoded, "JPEG", quality=85)
    return encoded.getvalue()
