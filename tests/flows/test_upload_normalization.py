"""Uploads that need normalization: rotated by EXIF, or damaged."""

from pathlib import Path

import pytest
from PIL import ExifTags, Image

from tests.infra.pictures import encoded, photo
from tests.message import is_clip, words
from tests.user import User

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


async def test_rotated_photo_is_animated_upright(anya: User) -> None:
    """A photo that EXIF rotates becomes an upright video of the photo's proportions."""
    lying = Image.Exif()
    lying[ExifTags.Base.Orientation] = 6
    await anya.send_files(
        encoded(photo((640, 360)), "JPEG", exif=lying), caption="/video 4s без звука плывут облака"
    )
    await anya.agree()
    clip = (await anya.wait_for(is_clip, timeout=60))["video"]
    assert clip["height"] > clip["width"]
    assert clip["duration"] == 4


async def test_damaged_image_is_refused(anya: User, tmp_path: Path) -> None:
    """For a truncated file the user gets the reason and the next step."""
    damaged = tmp_path / "IMG_0042.jpg"
    damaged.write_bytes(encoded(photo((320, 180)), "JPEG")[:3000])
    await anya.send_files(damaged, caption="сделай ночь")
    refusal = await anya.wait_for_text("файл повреждён", timeout=30)
    assert "Пришлите JPEG, PNG или WebP" in words(refusal)
