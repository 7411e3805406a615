"""Measured properties of an image or a video: size, duration, smaller versions."""

import io
from dataclasses import dataclass

import av
from av.container import InputContainer
from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

PHOTO_SIDES = (90, 320, 800, 1280)
THUMBNAIL_SIDE = 320
MAX_PHOTO_SIDES_SUM = 10_000
MAX_PHOTO_RATIO = 20
VOICE_RATE = 48_000
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class UnreadableMediaError(Exception):
    """The bytes are not an image or a video that Telegram can show."""


class PhotoDimensionsError(Exception):
    """Width and height together exceed 10,000, or their ratio exceeds 20."""


@dataclass(frozen=True)
class Rendition:
    """A JPEG of an image at one size, in pixels."""

    data: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Clip:
    """Width and height in pixels, duration in seconds."""

    width: int
    height: int
    duration: int
    thumbnail: Rendition


def photo_renditions(data: bytes) -> list[Rendition]:
    """Return a photo's JPEGs from small to large: Telegram keeps no original of a photo."""
    picture = _open_picture(data)
    largest = max(picture.size)
    sides = [side for side in PHOTO_SIDES if side < largest]
    sides.append(min(largest, PHOTO_SIDES[-1]))
    return [_rendition(picture, side) for side in dict.fromkeys(sides)]


def _open_picture(data: bytes) -> Image.Image:
    try:
        opened = Image.open(io.BytesIO(data))
        _check_dimensions(*opened.size)
        return _opaque(ImageOps.exif_transpose(opened))
    except (UnidentifiedImageError, OSError, *BOMBS) as error:
        raise UnreadableMediaError from error


def _opaque(picture: Image.Image) -> Image.Image:
    """Replace transparency by white, as Telegram does in photos."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")


def _check_dimensions(width: int, height: int) -> None:
    if width + height > MAX_PHOTO_SIDES_SUM:
        raise PhotoDimensionsError
    if max(width, height) > MAX_PHOTO_RATIO * min(width, height):
        raise PhotoDimensionsError


def _rendition(picture: Image.Image, side: int) -> Rendition:
    smaller = picture.copy()
    smaller.thumbnail((side, side), reducing_gap=2.0)
    out = io.BytesIO()
    smaller.save(out, "JPEG", quality=87)
    return Rendition(out.getvalue(), *smaller.size)


def thumbnail(data: bytes) -> Rendition:
    """Return an image of at most 320 pixels a side."""
    return _rendition(_open_picture(data), THUMBNAIL_SIDE)


def probe_clip(data: bytes) -> Clip:
    """Read a video's size, duration and first frame."""
    try:
        with av.open(io.BytesIO(data), "r") as container:
            frame = next(container.decode(video=0))
            picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV's stub
            small = _rendition(picture, THUMBNAIL_SIDE)
            return Clip(frame.width, frame.height, _seconds(container), small)
    except (av.FFmpegError, StopIteration, IndexError, ValueError) as error:
        raise UnreadableMediaError from error


@dataclass(frozen=True)
class Sound:
    """`tags` are the performer and the title, empty if the file does not say; `is_voice`: it is OGG with Opus."""

    seconds: int
    is_voice: bool
    tags: dict[str, str]


def probe_sound(data: bytes) -> Sound:
    """Read the duration of audio, its form and its tags."""
    try:
        with av.open(io.BytesIO(data), "r") as container:
            stream = container.streams.audio[0]
            is_voice = container.format.name == "ogg" and stream.codec_context.name == "opus"
            tags = {**container.metadata, **stream.metadata}
            named = {"performer": tags.get("artist", ""), "title": tags.get("title", "")}
            return Sound(_seconds(container), is_voice, named)
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise UnreadableMediaError from error


def record_voice(data: bytes) -> bytes:
    """Return a recording of a browser as OGG with Opus, in which Telegram's apps record."""
    out = io.BytesIO()
    try:
        with av.open(io.BytesIO(data), "r") as source, av.open(out, "w", format="ogg") as target:
            target.metadata.update(source.metadata)
            stream = target.add_stream("libopus", rate=VOICE_RATE)
            resampler = av.AudioResampler("s16", "mono", VOICE_RATE)
            for frame in source.decode(audio=0):
                for part in resampler.resample(frame):
                    target.mux(stream.encode(part))
            for part in resampler.resample(None):
                target.mux(stream.encode(part))
            target.mux(stream.encode(None))
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise UnreadableMediaError from error
    return out.getvalue()


def _seconds(container: InputContainer) -> int:
    if container.duration is None or container.format.name.endswith("_pipe"):
        raise UnreadableMediaError  # a still image
    return round(container.duration / av.time_base)


def sticker() -> Rendition:
    """Return an image for a user's sticker; apps show its emoji anyway."""
    out = io.BytesIO()
    picture = Image.new("RGBA", (512, 512))
    ImageDraw.Draw(picture).ellipse((32, 32, 480, 480), fill=(255, 204, 77))
    picture.save(out, "WEBP")
    return Rendition(out.getvalue(), *picture.size)
