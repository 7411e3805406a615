"""Crops to a ratio, around the centre."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from infra.errors import BrokenResult
from infra.images.crop import crop
from tests.infra.pictures import encoded


@pytest.mark.parametrize(
    ("size", "ratio", "kept"),
    [
        ((1024, 1024), "9:16", (576, 1024)),
        ((1024, 1024), "16:9", (1024, 576)),
        ((1024, 768), "1:1", (768, 768)),
        ((800, 1000), "4:5", (800, 1000)),
        ((3, 1), "9:16", (1, 1)),
    ],
)
async def test_crop_keeps_the_largest_part(
    tmp_path: Path, size: tuple[int, int], ratio: str, kept: tuple[int, int]
) -> None:
    """The result has the ratio, one side is that of the source, and nothing is enlarged."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(encoded(Image.new("RGB", size, "red")))
    await crop(source, target, ratio)
    with Image.open(target) as image:
        assert image.size == kept


async def test_crop_is_central(tmp_path: Path) -> None:
    """What is in the middle stays in the middle."""
    image = Image.new("RGB", (300, 100), "red")
    ImageDraw.Draw(image).rectangle((100, 0, 199, 99), fill="blue")
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(encoded(image))
    await crop(source, target, "1:1")
    with Image.open(target) as part:
        assert part.convert("RGB").getcolors() == [(100 * 100, (0, 0, 255))]


@pytest.mark.parametrize(("form", "name"), [("PNG", "PNG"), ("JPEG", "JPEG"), ("WEBP", "PNG")])
async def test_crop_keeps_quality_and_transparency(tmp_path: Path, form: str, name: str) -> None:
    """A photo stays a JPEG; another image is stored without loss, with its transparent parts."""
    mode = "RGB" if form == "JPEG" else "RGBA"
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(encoded(Image.new(mode, (64, 32)), form))
    await crop(source, target, "1:1")
    with Image.open(target) as part:
        assert (part.format, part.mode) == (name, mode)


async def test_broken_image_is_refused(tmp_path: Path) -> None:
    """What is no image is said, and nothing is written."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"no image")
    with pytest.raises(BrokenResult):
        await crop(source, target, "1:1")
    assert not target.exists()
