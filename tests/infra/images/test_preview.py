"""Small copies of images, for models that only look at them."""

import io
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from infra.errors import BrokenResult
from infra.images.preview import small_jpeg


async def test_copy_is_small_upright_and_plain(tmp_path: Path) -> None:
    """A JPEG without metadata, with white for what is transparent."""
    image = Image.new("RGBA", (3000, 1500))
    image.getexif()[ExifTags.Base.Orientation] = 6
    image.save(tmp_path / "image.png", exif=image.getexif())
    copy = Image.open(io.BytesIO(await small_jpeg(tmp_path / "image.png", 1024)))
    assert (copy.format, copy.size) == ("JPEG", (512, 1024))
    assert copy.getpixel((0, 0)) == (255, 255, 255)
    assert not copy.getexif()


async def test_small_image_is_not_enlarged(tmp_path: Path) -> None:
    """It costs no more than it needs."""
    Image.new("L", (30, 20)).save(tmp_path / "image.webp")
    copy = Image.open(io.BytesIO(await small_jpeg(tmp_path / "image.webp", 1024)))
    assert (copy.mode, copy.size) == ("RGB", (30, 20))


async def test_broken_image_is_refused(tmp_path: Path) -> None:
    """By the error of every decoder here."""
    (tmp_path / "image").write_bytes(b"no image")
    with pytest.raises(BrokenResult):
        await small_jpeg(tmp_path / "image", 1024)
