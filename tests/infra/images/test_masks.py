from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageOps

from infra.errors import BadPicture, FailureKind
from infra.images.masks import find_mask, fit_mask, marks
from tests.infra.pictures import Box, encoded, outlined, painted, photo, recompressed, share
from tests.infra.profiles import P3, rgb_profile

PHOTO = photo()
PLACE: Box = (300, 180, 560, 420)
MIDDLE: Box = (370, 245, 490, 355)
OUTSIDE: Box = (0, 0, 250, 600)


def drawn(size: tuple[int, int] = PHOTO.size, place: Box = PLACE) -> Image.Image:
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).ellipse(place, fill=255)
    return mask


def is_pure(mask: Image.Image) -> bool:
    levels = mask.histogram()
    return mask.mode == "L" and levels[0] + levels[255] == sum(levels)


async def test_transparent_area_is_repainted(tmp_path: Path) -> None:
    """The transparent part of a PNG becomes a mask file of the image's size."""
    cut = PHOTO.convert("RGBA")
    cut.putalpha(ImageOps.invert(drawn()))
    (tmp_path / "photo").write_bytes(encoded(PHOTO))
    (tmp_path / "cut").write_bytes(encoded(cut.resize((450, 300))))
    made = await fit_mask(tmp_path / "photo", tmp_path / "cut", tmp_path / "mask")
    mask = Image.open(tmp_path / "mask")
    assert (made.format, made.width, made.height) == ("png", *PHOTO.size)
    assert (mask.size, is_pure(mask)) == (PHOTO.size, True)
    assert share(mask, MIDDLE) == 1
    assert share(mask, OUTSIDE) == 0


async def test_mask_has_no_colour_profile(tmp_path: Path) -> None:
    """A mask has no colour profile: with one, white would not be white."""
    (tmp_path / "photo").write_bytes(encoded(PHOTO))
    (tmp_path / "given").write_bytes(encoded(drawn(), icc_profile=rgb_profile(P3)))
    await fit_mask(tmp_path / "photo", tmp_path / "given", tmp_path / "mask")
    mask = Image.open(tmp_path / "mask")
    assert "icc_profile" not in mask.info
    assert is_pure(mask)


@pytest.mark.parametrize("size", [(900, 600), (450, 300), (1350, 880)])
def test_white_area_is_repainted(size: tuple[int, int]) -> None:
    """A black and white mask of any size works, with soft edges and compression."""
    mask = find_mask(PHOTO, recompressed(drawn().resize(size)).convert("RGB"))
    assert (mask.size, is_pure(mask)) == (PHOTO.size, True)
    assert share(mask, MIDDLE) == 1
    assert share(mask, OUTSIDE) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("colour", "size", "quality"),
    [
        ("red", (900, 600), 85),
        ("white", (600, 400), 80),
        ("black", (600, 400), 80),
        ("#33ccff", (2400, 1600), 60),
    ],
)
def test_painted_area_is_repainted(colour: str, size: tuple[int, int], quality: int) -> None:
    """Any colour works, although Telegram has reduced and recompressed the image."""
    large = PHOTO.resize(size)
    factor = size[0] / PHOTO.width
    place: Box = tuple(int(side * factor) for side in PLACE)  # type: ignore[assignment] # four stay four
    mask = find_mask(large, recompressed(painted(large, place, colour), quality=quality))
    shrunk = mask.resize(PHOTO.size)
    assert (mask.size, is_pure(mask)) == (size, True)
    assert share(shrunk, MIDDLE) > 0.97
    assert share(shrunk, OUTSIDE) == 0


def test_highlighter_marks_too() -> None:
    """A semi-transparent stroke counts as painted."""
    marked = Image.blend(PHOTO, painted(PHOTO, PLACE, "yellow"), 0.5)
    mask = find_mask(PHOTO, recompressed(marked))
    assert share(mask, MIDDLE) > 0.97
    assert share(mask, OUTSIDE) == 0


def test_outline_selects_its_inside() -> None:
    """An outline selects its inside: a large area is not filled with a thin brush, and no outline closes exactly."""
    mask = find_mask(PHOTO, recompressed(outlined(PHOTO, PLACE, 12)))
    assert share(mask, MIDDLE) == 1
    assert share(mask, OUTSIDE) == 0


@pytest.mark.parametrize(("paper", "ink"), [("white", "black"), ("black", "white")])
def test_black_and_white_image_can_be_marked_either_way(paper: str, ink: str) -> None:
    """A painted drawing without colours is not taken for a mask, nor a mask for the drawing."""
    drawing = Image.new("RGB", PHOTO.size, paper)
    for x in range(0, 900, 60):
        ImageDraw.Draw(drawing).line((x, 0, 900 - x, 600), fill=ink, width=3)
    for marked in (painted(drawing, PLACE, ink), drawn().convert("RGB")):
        mask = find_mask(drawing, recompressed(marked))
        assert share(mask, MIDDLE) > 0.95
        assert share(mask, OUTSIDE) < 0.02


def _of_another_shape() -> Image.Image:
    return drawn((600, 600)).convert("RGB")


@pytest.mark.parametrize(
    ("given_mask", "kind"),
    [
        (Image.new("L", PHOTO.size), FailureKind.MASK_EMPTY),
        (recompressed(PHOTO), FailureKind.MASK_EMPTY),
        (PHOTO, FailureKind.MASK_EMPTY),
        (Image.new("RGB", PHOTO.size, "white"), FailureKind.MASK_WHOLE),
        (Image.new("RGBA", PHOTO.size), FailureKind.MASK_WHOLE),
        (photo(seed=2), FailureKind.MASK_UNRELATED),
        (ImageOps.flip(PHOTO), FailureKind.MASK_UNRELATED),
        (_of_another_shape(), FailureKind.MASK_UNRELATED),
    ],
    ids=[
        "black",
        "recompressed",
        "the same",
        "white",
        "all transparent",
        "another photo",
        "upside down",
        "another shape",
    ],
)
def test_unusable_masks_are_refused(given_mask: Image.Image, kind: FailureKind) -> None:
    """Each error has its own kind, which selects the message and the next step."""
    with pytest.raises(BadPicture) as caught:
        find_mask(PHOTO, given_mask)
    assert caught.value.kind is kind


@settings(max_examples=8, deadline=None)
@given(
    left=st.integers(10, 250),
    top=st.integers(10, 150),
    side=st.integers(30, 125),
    seed=st.integers(0, 40),
    quality=st.integers(50, 95),
)
def test_mask_matches_the_painted_area(
    left: int, top: int, side: int, seed: int, quality: int
) -> None:
    """Nearly all of the painted area is selected and nothing far from it, for any image and compression."""
    image = photo((400, 300), seed)
    box = (left, top, left + side, top + side)
    mask = find_mask(image, recompressed(painted(image, box, "magenta"), quality=quality))
    stroke = Image.new("L", image.size)
    ImageDraw.Draw(stroke).ellipse(box, fill=255)
    missed = ImageChops.subtract(stroke, mask)
    assert sum(missed.histogram()[128:]) < sum(stroke.histogram()[128:]) * 0.05
    near = Image.new("L", image.size)
    ImageDraw.Draw(near).rectangle((left - 20, top - 20, left + side + 20, top + side + 20), 255)
    assert ImageChops.subtract(mask, near).getbbox() is None


def transparent(*places: Box) -> Image.Image:
    """Return the photo with these areas transparent."""
    alpha = Image.new("L", PHOTO.size, 255)
    for place in places:
        ImageDraw.Draw(alpha).rectangle(place, fill=0)
    cut = PHOTO.convert("RGBA")
    cut.putalpha(alpha)
    return cut


CORNERS: tuple[Box, ...] = ((0, 0, 20, 20), (879, 0, 899, 20), (0, 579, 20, 599))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (transparent(PLACE), True),
        (transparent(PLACE, *CORNERS), True),
        (transparent(*CORNERS), False),
        (transparent((0, 0, 899, 60), (0, 540, 899, 599)), False),
        (transparent((0, 0, 899, 200), (0, 400, 899, 599), (400, 280, 430, 310)), False),
        (PHOTO.convert("RGBA"), False),
    ],
    ids=["a hole", "a hole and corners", "corners", "stripes", "a letter of a logo", "opaque"],
)
async def test_only_an_enclosed_hole_selects(
    tmp_path: Path, image: Image.Image, *, expected: bool
) -> None:
    """Transparency at the border is the image's outline; small holes in a logo's letters select nothing either."""
    (tmp_path / "a").write_bytes(encoded(image))
    assert await marks(tmp_path / "a", tmp_path / "a") is expected


def test_corners_of_a_self_masked_image_are_ignored() -> None:
    """In a separate mask all transparency counts."""
    marked = transparent(PLACE, *CORNERS)
    own = find_mask(PHOTO, marked, is_itself=True)
    assert share(own, MIDDLE) == 1
    assert share(own, (0, 0, 15, 15)) == 0
    assert share(find_mask(PHOTO, marked), (0, 0, 15, 15)) == 1
    assert share(find_mask(PHOTO, transparent(*CORNERS), is_itself=True), (0, 0, 15, 15)) == 1
