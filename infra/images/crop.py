"""Crop of an image to a ratio, around its centre."""

from pathlib import Path

from infra.images.decode import decode_image
from infra.images.reader import read_header, read_image


async def crop(source: Path, target: Path, ratio: str) -> None:
    """Write the largest part of the image with this ratio, such as 9:16, to `target`. Raises BrokenResult."""
    width, height = map(int, ratio.split(":"))
    await decode_image((source,), crop_picture, source, target, width / height)


def crop_picture(source: Path, target: Path, ratio: float) -> None:
    with source.open("rb") as file:
        header = read_header(file)
    image, (width, height) = read_image(
        source, header, (header.width, header.height), keep_alpha=True
    )
    kept = min(width, max(1, round(height * ratio))), min(height, max(1, round(width / ratio)))
    left, top = (width - kept[0]) // 2, (height - kept[1]) // 2
    part = image.crop((left, top, left + kept[0], top + kept[1]))
    if header.format == "jpeg":
        part.save(target, "JPEG", quality=95, subsampling=0)
    else:
        part.save(target, "PNG", compress_level=4)
