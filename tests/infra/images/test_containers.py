"""Images that are verified by their containers, and those that are not."""

import io
import random
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from infra.errors import BrokenResult
from infra.images.containers import verify as verify_content
from infra.images.inspect import ImageInfo, examine, verify
from tests.infra.images.test_bombs import endless_profile, endless_scans, endless_text, huge_png

SIZE = (160, 120)
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
_ORIENTATION = 0x0112
# The header of a JPEG's only scan.
SCAN = b"\xff\xda\0\x0c\3\1\0\2\x11\3\x11\0\x3f\0"


def picture(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    """Return an image that does not compress to nothing."""
    noise = Image.effect_noise(size, 60)
    layers = {"RGB": [noise] * 3, "RGBA": [noise] * 4, "LA": [noise] * 2}
    if mode in layers:
        return Image.merge(mode, layers[mode])
    return noise.convert("I").convert(mode) if mode == "I;16" else noise.convert(mode)


def encoded(form: str, mode: str = "RGB", **options: Any) -> bytes:
    whole = io.BytesIO()
    picture(mode).save(whole, form, **options)
    return whole.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def png(width: int, height: int, rows: bytes, *more: bytes) -> bytes:
    """Return a PNG of grey rows whose header says any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(rows))
    parts = [chunk(b"IHDR", header), *more, data, chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def noise_rows(width: int, height: int) -> bytes:
    noise = Image.effect_noise((width, height), 60).tobytes()
    return b"".join(b"\0" + noise[at : at + width] for at in range(0, width * height, width))


def broken_pixels() -> bytes:
    """Return a PNG with valid checksums around data that cannot be unpacked to its end."""
    rows = zlib.compress(noise_rows(500, 500))
    broken = rows[:150_000] + b"\xff" * 1000 + rows[151_000:]
    header = struct.pack(">IIBBBBB", 500, 500, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", broken), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def rotated() -> bytes:
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    return encoded("JPEG", exif=exif)


WHOLE: dict[str, tuple[str, bytes]] = {
    **{f"png {mode}": ("png", encoded("PNG", mode)) for mode in ("RGB", "L", "P", "1", "I;16")},
    "png with a profile": ("png", encoded("PNG", icc_profile=_SRGB)),
    "jpeg": ("jpeg", encoded("JPEG")),
    "grey jpeg": ("jpeg", encoded("JPEG", "L")),
    "progressive jpeg": ("jpeg", encoded("JPEG", progressive=True, icc_profile=_SRGB)),
    "jpeg with restarts": ("jpeg", encoded("JPEG", restart_marker_rows=1)),
    "upright jpeg": ("jpeg", encoded("JPEG", exif=Image.Exif())),
    "webp": ("webp", encoded("WEBP")),
    "lossless webp": ("webp", encoded("WEBP", lossless=True)),
    "webp with a profile": ("webp", encoded("WEBP", icc_profile=_SRGB)),
}


@pytest.mark.parametrize(("form", "content"), WHOLE.values(), ids=WHOLE)
async def test_whole_image_is_verified_without_decoding(
    tmp_path: Path, form: str, content: bytes
) -> None:
    """The verdict is that of a decoder."""
    path = tmp_path / "image"
    path.write_bytes(content)
    found = await verify(path)
    assert found == ImageInfo(form, *SIZE)
    assert found == (await examine(path))[0]


UNUSUAL: dict[str, bytes] = {
    "png with alpha": encoded("PNG", "RGBA"),
    "grey png with alpha": encoded("PNG", "LA"),
    "png with a transparent colour": encoded("PNG", "P", transparency=0),
    "animated png": encoded("PNG", save_all=True, append_images=[picture()]),
    "rotated png": encoded("PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"),
    "png with an appended page": encoded("PNG") + b"<script>alert(1)</script>",
    "rotated jpeg": rotated(),
    "jpeg rotated by XMP": encoded("JPEG", xmp=b"<x tiff:Orientation='6'/>"),
    "cmyk jpeg": encoded("JPEG", "CMYK"),
    "jpeg with an appended archive": encoded("JPEG") + b"PK\x03\x04",
    "two images of a phone": encoded("MPO", save_all=True, append_images=[picture()]),
    "webp with alpha": encoded("WEBP", "RGBA"),
    "lossless webp with alpha": encoded("WEBP", "RGBA", lossless=True),
    "animated webp": encoded("WEBP", save_all=True, append_images=[picture()]),
    "gif": encoded("GIF", "P"),
}


@pytest.mark.parametrize("content", UNUSUAL.values(), ids=UNUSUAL)
async def test_unusual_image_is_left_to_the_decoder(tmp_path: Path, content: bytes) -> None:
    """Nothing is refused for being unusual: the decoder finds transparency and the displayed size."""
    path = tmp_path / "image"
    path.write_bytes(content)
    assert await verify(path) is None
    await examine(path)


def swap(content: bytes) -> bytes:
    """Swap two blocks in the middle, as a file server with a mixed-up cache does."""
    third, size = len(content) // 3, 64
    first, second = content[third : third + size], content[2 * third : 2 * third + size]
    return b"".join(
        (
            content[:third],
            second,
            content[third + size : 2 * third],
            first,
            content[2 * third + size :],
        )
    )


BROKEN: dict[str, bytes] = {
    "page": b"<!doctype html><title>Maintenance</title>",
    "png with swapped blocks": swap(encoded("PNG")),
    "png that is narrower than it says": png(201, 100, noise_rows(200, 100)),
    "png that is wider than it says": png(199, 100, noise_rows(200, 100)),
    "png with too few rows": png(200, 300, noise_rows(200, 100)),
    "png of 60 megapixels in a few bytes": png(60_000, 1000, bytes(60_001)),
    "png with data that ends early": png(400, 400, noise_rows(400, 100)),
    "png without data": b"\x89PNG\r\n\x1a\n" + encoded("PNG")[8:33] + chunk(b"IEND", b""),
    "bomb of size": huge_png(),
    "bomb of text": endless_text(),
    "bomb of a profile": endless_profile(),
    "bomb of scans": endless_scans(),
    "jpeg without pixels": encoded("JPEG").partition(b"\xff\xda")[0] + SCAN + b"\xff\xd9",
    "webp without its data": encoded("WEBP")[:40],
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
async def test_lie_is_not_verified(tmp_path: Path, content: bytes) -> None:
    """A bomb, a page, a wrong header and swapped bytes get no verdict."""
    path = tmp_path / "image"
    path.write_bytes(content)
    try:
        assert await verify(path) is None
    except BrokenResult:
        assert content == BROKEN["page"]


@pytest.mark.parametrize(("form", "content"), WHOLE.values(), ids=WHOLE)
def test_truncated_image_is_not_verified(form: str, content: bytes) -> None:
    """Wherever it ends."""
    lengths = [*range(200), *range(200, len(content), 97), len(content) - 1]
    assert [verify_content(content[:length], form) for length in lengths] == [None] * len(lengths)


def test_every_changed_byte_of_a_png_is_noticed() -> None:
    """Its checksums cover everything."""
    content = encoded("PNG")
    for at in range(8, len(content), 11):
        changed = bytearray(content)
        changed[at] ^= 0x10
        assert verify_content(bytes(changed), "png") is None, at


@pytest.mark.parametrize("field", [b"\xff\xc0", b"VP8 "], ids=["jpeg", "webp"])
def test_header_that_claims_more_than_the_data_is_not_verified(field: bytes) -> None:
    """65,535 rows need more bytes than a small JPEG has; a WebP's canvas has the size of its frame."""
    form = "jpeg" if field == b"\xff\xc0" else "webp"
    content = bytearray(encoded(form, icc_profile=_SRGB))
    at = content.index(field) + (5 if form == "jpeg" else 14)
    content[at : at + 4] = b"\x3f\xff\x3f\xff"
    assert verify_content(bytes(content), form) is None


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_any_bytes_get_an_answer(form: str) -> None:
    """Random changes raise nothing and take no time."""
    lot, content = random.Random(3), encoded(form)  # noqa: S311 - changes, not secrets
    for _ in range(300):
        changed = bytearray(content)
        for _ in range(lot.choice((1, 4, 40))):
            changed[lot.randrange(len(changed))] = lot.randrange(256)
        cut = bytes(changed[: lot.choice((len(changed), lot.randrange(len(changed))))])
        verify_content(cut, form)


async def test_too_many_pixels_are_not_verified(tmp_path: Path) -> None:
    """The limit is that of the decoder."""
    path = tmp_path / "image"
    path.write_bytes(encoded("PNG"))
    assert await verify(path, SIZE[0] * SIZE[1]) is not None
    assert await verify(path, SIZE[0] * SIZE[1] - 1) is None


async def test_large_file_is_left_to_the_decoder(tmp_path: Path) -> None:
    """A verified file is in memory; a larger one is sent as a document, with a thumbnail."""
    path = tmp_path / "image"
    text = chunk(b"tEXt", b"k\0" + bytes(10_000_000))
    path.write_bytes(png(200, 100, noise_rows(200, 100), text))
    assert await verify(path) is None


def test_pixels_behind_valid_checksums_are_not_checked() -> None:
    """Rows that stop making sense behind the first ones are not noticed. Telegram refuses such a photo."""
    content = broken_pixels()
    assert verify_content(content, "png") is not None
    with (
        pytest.raises(OSError, match=r"broken|unrecognized"),
        Image.open(io.BytesIO(content)) as image,
    ):
        image.load()
