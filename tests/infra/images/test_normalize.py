import random
from collections.abc import Callable
from pathlib import Path

import pytest
from anyio import Path as AsyncPath
from PIL import ExifTags, Image, ImageChops, ImageCms

from infra.errors import BadPicture, FailureKind
from infra.images import reader
from infra.images.bounds import Bounds
from infra.images.normalize import make_fit
from tests.infra.clips import make_clip
from tests.infra.pictures import encoded, opened, photo
from tests.infra.profiles import ADOBE_RGB, P3, grey_press_profile, rgb_profile

LYING = 6


def exif() -> Image.Exif:
    """Return a JPEG as a phone writes it: rotated, with its location."""
    written = Image.Exif()
    written[ExifTags.Base.Orientation] = LYING
    written[ExifTags.Base.Make] = "A phone"
    written.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (55.0, 45.0, 20.0)
    return written


async def fit(path: Path, content: bytes, bounds: Bounds = Bounds()) -> Image.Image:  # noqa: B008 - frozen
    await AsyncPath(path).write_bytes(content)
    made = await make_fit(path, path, bounds)
    image = opened(await AsyncPath(path).read_bytes())
    assert (made.format, made.width, made.height) == ((image.format or "").lower(), *image.size)
    return image


async def test_phone_photo_is_upright_and_without_metadata(tmp_path: Path) -> None:
    """The rotation is applied; location, camera and other metadata are removed."""
    lying = Image.new("RGB", (40, 30), "blue")
    lying.paste("red", (0, 0, 40, 15))
    image = await fit(tmp_path / "photo", encoded(lying, "JPEG", exif=exif(), comment=b"secret"))
    assert (image.format, image.size) == ("JPEG", (30, 40))
    assert not image.getexif()
    assert b"A phone" not in (tmp_path / "photo").read_bytes()
    assert b"secret" not in (tmp_path / "photo").read_bytes()
    right = image.getpixel((29, 20))
    assert isinstance(right, tuple)
    assert right[0] > 200


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF"])
async def test_lossless_image_stays_lossless(tmp_path: Path, form: str) -> None:
    """A lossless image becomes a PNG, and transparency becomes white."""
    holed = Image.new("RGBA", (40, 30), (0, 128, 0, 255))
    holed.paste((0, 0, 0, 0), (0, 0, 20, 30))
    image = await fit(tmp_path / "a", encoded(holed, form, exif=exif() if form == "PNG" else b""))
    assert (image.format, image.mode) == ("PNG", "RGB")
    assert image.convert("L").histogram()[255] > 0


@pytest.mark.slow
async def test_lossless_image_that_is_too_large_becomes_a_jpeg(tmp_path: Path) -> None:
    """Noise as PNG would be as large as its pixels."""
    side = 2100
    noise = Image.frombytes("RGB", (side, side), random.Random(1).randbytes(3 * side**2))  # noqa: S311 - not a secret
    image = await fit(tmp_path / "a", encoded(noise, compress_level=0))
    assert image.format == "JPEG"
    assert 3 * side**2 > Bounds().max_lossless


async def test_image_above_the_models_limit_is_reduced(
    tmp_path: Path,
) -> None:
    """An image above the model's limit of pixels or of the longer side is reduced in proportion."""
    for bounds in (Bounds(max_megapixels=0.5), Bounds(max_side=1000)):
        image = await fit(tmp_path / "a", encoded(Image.new("RGB", (2000, 1000)), "JPEG"), bounds)
        assert image.size == (1000, 500)


async def test_unusual_colour_modes_are_converted(tmp_path: Path) -> None:
    """CMYK, 16-bit grey and a custom profile come out neither black nor too bright."""
    ink = await fit(
        tmp_path / "ink", encoded(Image.new("CMYK", (20, 20), (0, 255, 255, 0)), "JPEG")
    )
    assert ink.resize((1, 1)).getpixel((0, 0)) == pytest.approx((255, 0, 0), abs=30)
    grey = await fit(tmp_path / "grey", encoded(Image.new("I;16", (20, 20), 30_000)))
    assert grey.getpixel((0, 0)) == pytest.approx((117, 117, 117), abs=2)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for known in (profile, b"no profile at all"):
        content = encoded(Image.new("RGB", (20, 20), "red"), icc_profile=known)
        kept = await fit(tmp_path / "own", content)
        assert kept.getpixel((0, 0)) == (255, 0, 0)
        assert "icc_profile" not in kept.info


def in_wide_colours(mode: str) -> Image.Image:
    """Return (200, 100, 50) of a wider gamut; half of it is transparent, if this mode allows it."""
    image = Image.new("RGBA", (40, 30), (200, 100, 50, 255))
    image.paste((0, 0, 0, 0), (20, 0, 40, 30))
    return image.convert("RGB").convert(mode) if mode in {"RGB", "L"} else image.convert(mode)


@pytest.mark.parametrize("profile", [P3, ADOBE_RGB], ids=["Display P3", "Adobe RGB"])
@pytest.mark.parametrize(
    ("mode", "form"),
    [("RGB", "PNG"), ("RGB", "JPEG"), ("RGBA", "PNG"), ("RGBA", "WEBP"), ("P", "PNG")],
)
async def test_wide_gamut_is_converted(
    tmp_path: Path, mode: str, form: str, profile: tuple[tuple[float, float, float], ...]
) -> None:
    """Colours are converted, not only stripped of their profile: in sRGB the same orange has more red and less blue."""
    settings = {"lossless": True} if form == "WEBP" else {"quality": 100}
    content = encoded(in_wide_colours(mode), form, icc_profile=rgb_profile(profile), **settings)
    image = await fit(tmp_path / "a", content)
    shown = image.getpixel((5, 15))
    assert isinstance(shown, tuple)
    red, _, blue = shown
    assert red >= 213
    assert blue <= 45
    assert "icc_profile" not in image.info
    if mode != "RGB":
        assert image.getpixel((35, 15)) == (255, 255, 255)


async def test_cmyk_profile_is_applied(tmp_path: Path) -> None:
    """CMYK is converted by its profile: one that prints grey with cyan gives grey."""
    cyan = Image.new("CMYK", (20, 20), (255, 0, 0, 0))
    content = encoded(cyan, "JPEG", quality=100, icc_profile=grey_press_profile())
    image = await fit(tmp_path / "a", content)
    assert image.getpixel((10, 10)) == pytest.approx((119, 119, 119), abs=12)


async def test_image_processed_in_strips_equals_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no seam between two strips at any scale."""
    content = encoded(photo((900, 611)))
    for megapixels in (0.3, 0.04, 16):
        whole = await fit(tmp_path / "whole", content, Bounds(megapixels))
        with monkeypatch.context() as patched:
            patched.setattr(reader, "_STRIP_PIXELS", 20_000)
            strips = await fit(tmp_path / "strips", content, Bounds(megapixels))
        difference = ImageChops.difference(whole, strips).convert("L")
        assert not any(difference.histogram()[3:])


@pytest.mark.parametrize("name", ["photo.HEIC", "a.tiff", "a", "a.mp4"])
async def test_file_name_is_ignored(tmp_path: Path, name: str) -> None:
    """A JPEG is a JPEG under any name."""
    image = await fit(tmp_path / name, encoded(Image.new("RGB", (40, 30), "red"), "JPEG"))
    assert image.format == "JPEG"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (lambda: b"", FailureKind.PICTURE_UNREADABLE),
        (lambda: b"<html>no picture</html>", FailureKind.PICTURE_UNREADABLE),
        (lambda: encoded(Image.new("RGB", (64, 64)))[:60], FailureKind.PICTURE_UNREADABLE),
        (lambda: b"\x00\x00\x00\x18ftypheic" + bytes(100), FailureKind.PICTURE_FORMAT),
        (lambda: encoded(Image.new("RGB", (64, 64)), "TIFF"), FailureKind.PICTURE_FORMAT),
        (lambda: encoded(Image.new("RGB", (64, 64)), "BMP"), FailureKind.PICTURE_FORMAT),
        (lambda: encoded(Image.new("RGB", (64, 64)), "AVIF"), FailureKind.PICTURE_FORMAT),
        (lambda: encoded(Image.new("1", (9000, 9000))), FailureKind.PICTURE_TOO_LARGE),
        (lambda: encoded(Image.new("L", (20_000, 10_000)), "JPEG"), FailureKind.PICTURE_TOO_LARGE),
        (lambda: encoded(Image.new("L", (30_000, 10_000)), "JPEG"), FailureKind.PICTURE_TOO_LARGE),
        (
            lambda: b"RIFF\0\0\0\0WEBPVP8X\n\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0",
            FailureKind.PICTURE_TOO_LARGE,
        ),
        (lambda: encoded(Image.new("RGB", (100, 15))), FailureKind.PICTURE_TOO_SMALL),
    ],
    ids=[
        *("empty", "a page", "cut off", "HEIC", "TIFF", "BMP", "AVIF"),
        *("81 megapixels", "200 megapixels", "300 megapixels", "a large WebP", "too few pixels"),
    ],
)
async def test_images_that_no_model_accepts_are_refused(
    tmp_path: Path, content: Callable[[], bytes], kind: FailureKind
) -> None:
    """Refused by its content, each with its own kind."""
    (tmp_path / "a").write_bytes(content())
    with pytest.raises(BadPicture) as caught:
        await make_fit(tmp_path / "a", tmp_path / "b")
    assert caught.value.kind is kind
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("size", "kind"),
    [
        ((16, 16), FailureKind.PICTURE_TOO_SMALL),
        ((299, 400), FailureKind.PICTURE_TOO_SMALL),
        ((400, 299), FailureKind.PICTURE_TOO_SMALL),
        ((1202, 400), FailureKind.PICTURE_TOO_LONG),
        ((12000, 100), FailureKind.PICTURE_TOO_LONG),
        ((400, 1202), FailureKind.PICTURE_TOO_LONG),
        ((300, 300), None),
        ((1200, 400), None),
    ],
)
async def test_models_size_limits_are_checked_by_the_header(
    tmp_path: Path, size: tuple[int, int], kind: FailureKind | None
) -> None:
    """The smaller side and the proportions are checked in both orientations; the exact limits pass."""
    (tmp_path / "a").write_bytes(encoded(Image.new("RGB", size)))
    refused: list[FailureKind] = []
    try:
        await make_fit(tmp_path / "a", tmp_path / "b", Bounds(min_side=300, max_ratio=3))
    except BadPicture as error:
        refused.append(error.kind)
    assert refused == ([kind] if kind else [])


async def test_video_is_not_an_image(tmp_path: Path) -> None:
    """A valid video is still refused."""
    with pytest.raises(BadPicture, match="an image is needed"):
        await make_fit(make_clip(tmp_path / "a.jpg"), tmp_path / "b")
