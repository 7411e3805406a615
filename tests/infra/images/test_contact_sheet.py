import io

import pytest
from PIL import Image

from infra.images.contact_sheet import FRAMES, Frame, Sign, draw, draw_single

RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (320, 180)) -> bytes:
    encoded = io.BytesIO()
    Image.new("RGB", size, colour).save(encoded, "JPEG")
    return encoded.getvalue()


def read(sheet: bytes) -> Image.Image:
    with Image.open(io.BytesIO(sheet)) as image:
        assert image.format == "JPEG"
        return image.convert("RGB")


def colour_at(sheet: Image.Image, across: float, down: float) -> tuple[int, ...]:
    found = sheet.getpixel((round(across * sheet.width), round(down * sheet.height)))
    assert isinstance(found, tuple)
    return found


def is_close(one: tuple[int, ...], another: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 24 for a, b in zip(one, another, strict=True))


async def test_images_are_placed_in_order() -> None:
    """Images are placed left to right, then on the second row; they fill their frames in any shape."""
    frames = [Frame(picture(RED)), Frame(picture(BLUE, (90, 320))), *[Frame(picture(RED))] * 4]
    sheet = read(await draw(frames))
    seen = [colour_at(sheet, x, y) for y in (0.35, 0.85) for x in (0.25, 0.5, 0.75)]
    assert [is_close(colour, BLUE) for colour in seen] == [False, True, False, False, False, False]
    assert [is_close(colour, RED) for colour in seen] == [True, False, True, True, True, True]


async def test_every_sheet_has_the_same_size_and_fits_a_photo() -> None:
    """The message keeps its shape while the user pages; a photo may have 10 MB."""
    sheets = [await draw([Frame(picture(RED))] * number) for number in (0, 1, FRAMES, 9)]
    assert len({read(sheet).size for sheet in sheets}) == 1
    assert max(map(len, sheets)) < 500_000


@pytest.mark.parametrize("sign", Sign)
async def test_jobs_without_an_image_have_a_placeholder(sign: Sign) -> None:
    """Failed, cancelled and running jobs have different placeholders."""
    alone = await draw_single(Frame(sign=sign))
    others = [await draw_single(Frame(sign=other)) for other in Sign if other is not sign]
    assert alone not in others


async def test_damaged_thumbnail_becomes_a_placeholder() -> None:
    """A damaged file affects its own frame, not the page."""
    assert await draw([Frame(b"no picture")]) == await draw([Frame(sign=Sign.MISSING)])
    truncated = picture(RED)[:300]
    assert read(await draw([Frame(truncated)])).size


async def test_videos_albums_and_favourites_are_marked() -> None:
    """Each mark changes the frame, and a video's length is shown."""
    plain = Frame(picture(RED))
    marked = [
        Frame(plain.picture, seconds=8),
        Frame(plain.picture, seconds=12),
        Frame(plain.picture, count=3),
        Frame(plain.picture, favourite=True),
    ]
    sheets = [await draw([frame]) for frame in (plain, *marked)]
    assert len(set(sheets)) == len(sheets)
