import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from infra.errors import BrokenResult
from infra.images.inspect import Clip, ImageInfo, examine, inspect
from tests.infra.clips import make_clip, make_sound

EXIF_ORIENTATION = 0x0112
TURNED_RIGHT = 6


def _save(path: Path, form: str, size: tuple[int, int] = (40, 30), mode: str = "RGB") -> Path:
    Image.new(mode, size, "red" if mode == "RGB" else None).save(path, form)
    return path


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_image_format_is_detected_by_content(tmp_path: Path, form: str) -> None:
    """The file's name is ignored."""
    found = await inspect(_save(tmp_path / "result.mp4", form))
    assert found == ImageInfo(form.lower(), 40, 30)
    assert found.content_type == f"image/{form.lower()}"


async def test_image_has_its_displayed_size(tmp_path: Path) -> None:
    """A phone's photo is rotated by its EXIF orientation."""
    path = tmp_path / "photo"
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = TURNED_RIGHT
    Image.new("RGB", (40, 30)).save(path, "JPEG", exif=exif)
    assert await inspect(path) == ImageInfo("jpeg", 30, 40)
    shown = Image.open(io.BytesIO((await examine(path))[1]))
    assert shown.size == (30, 40)


async def test_photo_with_appended_images_is_a_jpeg(tmp_path: Path) -> None:
    """Phones append a small copy after the large image."""
    path = tmp_path / "photo"
    pictures = [Image.new("RGB", (40, 30)), Image.new("RGB", (20, 15))]
    pictures[0].save(path, "MPO", save_all=True, append_images=pictures[1:])
    assert await inspect(path) == ImageInfo("jpeg", 40, 30)


@pytest.mark.parametrize("audio", [True, False])
async def test_video_has_size_length_and_sound(tmp_path: Path, *, audio: bool) -> None:
    """Telegram needs these values with the file."""
    path = make_clip(tmp_path / "result.png", seconds=2, audio=audio)
    found = await inspect(path)
    assert isinstance(found, Clip)
    assert (found.format, found.width, found.height, found.has_audio) == ("mp4", 64, 36, audio)
    assert found.duration == pytest.approx(2, abs=0.2)
    assert found.content_type == "video/mp4"


async def test_webm_is_a_video(tmp_path: Path) -> None:
    """Some models produce WebM."""
    path = make_clip(tmp_path / "clip", container="webm", codec="libvpx")
    found = await inspect(path)
    assert isinstance(found, Clip)
    assert found.format == "webm"


async def test_other_containers_are_no_video(tmp_path: Path) -> None:
    """A Matroska file begins like WebM, and no messenger plays it."""
    path = make_clip(tmp_path / "clip", container="matroska")
    with pytest.raises(BrokenResult, match="Matroska"):
        await inspect(path)


async def test_heic_error_says_what_to_use(tmp_path: Path) -> None:
    """HEIC uses the same boxes as MP4 and is no video."""
    path = tmp_path / "photo.heic"
    path.write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(100))
    with pytest.raises(BrokenResult, match="use JPEG"):
        await inspect(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Not found</html>",
        b"\x89PNG\r\n\x1a\n",
        b"\x00\x00\x00\x18ftypmp42" + bytes(100),
        b"\x1aE\xdf\xa3" + bytes(100),
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"#EXTM3U\nhttp://127.0.0.1/secret\n",
    ],
)
async def test_other_content_is_broken(tmp_path: Path, content: bytes) -> None:
    """A page, a fragment and a playlist are not delivered."""
    path = tmp_path / "result"
    path.write_bytes(content)
    with pytest.raises(BrokenResult):
        await inspect(path)
    with pytest.raises(BrokenResult):
        await examine(path)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
async def test_truncated_image_is_broken(tmp_path: Path, form: str) -> None:
    """The header alone is valid, so every pixel is decoded."""
    whole = _save(tmp_path / "whole", form, (400, 300)).read_bytes()
    half = tmp_path / "half"
    half.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(BrokenResult, match="cannot be decoded"):
        await inspect(half)


async def test_video_without_its_index_is_broken(tmp_path: Path) -> None:
    """An MP4's index comes last, so a truncated video cannot be played."""
    whole = make_clip(tmp_path / "whole").read_bytes()
    cut = tmp_path / "cut"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BrokenResult):
        await inspect(cut)


async def test_audio_alone_is_broken(tmp_path: Path) -> None:
    """An MP4 may contain no video stream."""
    with pytest.raises(BrokenResult, match="no video track"):
        await inspect(make_sound(tmp_path / "sound"))


async def test_only_one_frame_of_an_animation_is_decoded(tmp_path: Path) -> None:
    """Ten thousand frames take no longer than one."""
    path = tmp_path / "animation"
    frames = [Image.new("P", (16, 16), number % 256) for number in range(10_000)]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:])
    async with asyncio.timeout(0.5):
        assert await inspect(path) == ImageInfo("gif", 16, 16)


@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", b"PK\x03\x04" + bytes(100)])
async def test_polyglot_file_is_its_first_format(tmp_path: Path, tail: bytes) -> None:
    """An image with a page or an archive appended is treated as the image only."""
    path = _save(tmp_path / "result.html", "PNG")
    path.write_bytes(path.read_bytes() + tail)
    assert (await inspect(path)).content_type == "image/png"


@pytest.mark.parametrize(
    "head",
    [
        b"GIF89a/*" + bytes(8) + b"*/=1;alert(1)",
        b"\0\0\0\x18ftypmp42" + bytes(12) + b"#EXTM3U\nhttp://127.0.0.1/secret\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"\x1aE\xdf\xa3\x84webm\nfile '/etc/passwd'\n",
        b"<?xml version='1.0'?><MPD><BaseURL>http://127.0.0.1/</BaseURL></MPD>",
    ],
)
async def test_file_that_references_others_is_refused(tmp_path: Path, head: bytes) -> None:
    """Playlists and scripts after a video's or an image's first bytes are refused, not followed."""
    path = tmp_path / "result"
    path.write_bytes(head)
    with pytest.raises(BrokenResult):
        await inspect(path)


async def test_limits_of_images_and_videos(tmp_path: Path) -> None:
    """More pixels or seconds than the limit are refused with the numbers."""
    picture, clip = _save(tmp_path / "picture", "PNG"), make_clip(tmp_path / "clip", seconds=2)
    with pytest.raises(BrokenResult, match="40 × 30"):
        await inspect(picture, max_pixels=1199)
    with pytest.raises(BrokenResult, match="64 × 36"):
        await inspect(clip, max_pixels=2000)
    with pytest.raises(BrokenResult, match="the limit is 1 s"):
        await inspect(clip, max_seconds=1)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "I;16"])
async def test_thumbnail_is_a_small_jpeg(tmp_path: Path, mode: str) -> None:
    """A thumbnail meets Telegram's limits (320 pixels a side, 200 kB, JPEG) for images of every mode."""
    _, small = await examine(_save(tmp_path / "picture", "PNG", (1600, 900), mode))
    with Image.open(io.BytesIO(small)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (320, 180))
    assert len(small) < 200_000


async def test_thumbnail_of_noise_is_small_enough(tmp_path: Path) -> None:
    """The least compressible content still fits."""
    path = tmp_path / "noise"
    Image.effect_noise((900, 900), 200).convert("RGB").save(path, "PNG")
    assert len((await examine(path))[1]) < 200_000


async def test_video_has_a_thumbnail(tmp_path: Path) -> None:
    """The thumbnail is the first frame."""
    _, small = await examine(make_clip(tmp_path / "clip", width=640, height=360))
    with Image.open(io.BytesIO(small)) as shown:
        assert shown.size == (320, 180)


async def test_transparency_becomes_white(tmp_path: Path) -> None:
    """A cut-out on black would look like an error."""
    path = tmp_path / "cut-out"
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(path, "PNG")
    with Image.open(io.BytesIO((await examine(path))[1])) as shown:
        assert shown.getpixel((5, 5)) == (255, 255, 255)
