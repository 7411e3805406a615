"""Contact sheet: up to six thumbnails on two strips of film, with numbers.

Signs are drawings, not text: Pillow's own font has no Cyrillic. https://pillow.readthedocs.io/en/stable/reference/ImageDraw.html
"""

import asyncio
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from PIL import Image, ImageDraw, ImageFont, ImageOps

COLUMNS, ROWS = 3, 2
FRAMES = COLUMNS * ROWS

_SIDE, _GAP, _MARGIN = 320, 16, 24
_EDGE = 38  # margin of a strip above and below its frames, with the perforation
_HOLE, _HOLES = (22, 14), 24
_WIDTH = 2 * _MARGIN + COLUMNS * _SIDE + (COLUMNS - 1) * _GAP
_STRIP = _SIDE + 2 * _EDGE
_HEIGHT = 3 * _MARGIN + ROWS * _STRIP
# Oversampling factor: Pillow draws without anti-aliasing.
_FINE = 4

_DESK, _FILM, _UNEXPOSED, _PLACEHOLDER = "#0b0c0f", "#1b1c21", "#121317", "#26282f"
_LIGHT, _PAPER, _AMBER, _SHADE = "#3f414a", "#e8e6e1", "#f2b84b", "#000000a8"


class Sign(StrEnum):
    """Drawing for a frame without an image."""

    UNDER_WAY = "under_way"
    FAILED = "failed"
    CANCELLED = "cancelled"
    MISSING = "missing"


@dataclass(frozen=True)
class Frame:
    """An image in any format that Pillow reads, or a sign. With `seconds` it is a video."""

    picture: bytes | None = None
    sign: Sign = Sign.MISSING
    seconds: float | None = None
    count: int = 1
    favourite: bool = False


async def draw(frames: Sequence[Frame]) -> bytes:
    """Draw up to six frames in order and return a JPEG; missing frames stay empty."""
    return await asyncio.to_thread(_draw, frames, numbered=True)


async def draw_single(frame: Frame) -> bytes:
    """Draw one frame without a number and return a JPEG."""
    return await asyncio.to_thread(_draw_single, frame)


def _draw(frames: Sequence[Frame], *, numbered: bool) -> bytes:
    sheet = Image.new("RGB", (_WIDTH, _HEIGHT), _DESK)
    for row in range(ROWS):
        sheet.paste(_strip(), (0, _MARGIN + row * (_STRIP + _MARGIN)))
    for index, frame in enumerate(frames[:FRAMES]):
        number = index + 1 if numbered else None
        sheet.paste(_exposed(frame, number), _place(index))
    return _encode(sheet)


def _draw_single(frame: Frame) -> bytes:
    sheet = Image.new("RGB", (_SIDE * 2, _SIDE + 2 * _EDGE), _FILM)
    _punch(sheet)
    sheet.paste(_exposed(frame, None), (_SIDE // 2, _EDGE))
    return _encode(sheet)


def _place(index: int) -> tuple[int, int]:
    row, column = divmod(index, COLUMNS)
    left = _MARGIN + column * (_SIDE + _GAP)
    return left, _MARGIN + row * (_STRIP + _MARGIN) + _EDGE


@cache
def _strip() -> Image.Image:
    strip = Image.new("RGB", (_WIDTH, _STRIP), _FILM)
    _punch(strip)
    for column in range(COLUMNS):
        left, _ = _place(column)
        strip.paste(_UNEXPOSED, (left, _EDGE, left + _SIDE, _EDGE + _SIDE))
    return strip


def _punch(strip: Image.Image) -> None:
    """Draw the perforation along both edges."""
    hole, step = _stamp(_HOLE, _draw_hole), strip.width / _HOLES
    top = (_EDGE - _HOLE[1]) // 2
    for number in range(_HOLES):
        left = round((number + 0.5) * step - _HOLE[0] / 2)
        for upper in (top, strip.height - top - _HOLE[1]):
            strip.paste(hole, (left, upper), hole)


def _exposed(frame: Frame, number: int | None) -> Image.Image:
    picture = _open(frame.picture) if frame.picture else None
    tile = picture or _placeholder(frame.sign)
    if picture and frame.seconds is not None:
        _put(tile, _stamp((84, 84), _draw_play), 0.5, 0.5)
        _put(tile, _label(_clock_text(frame.seconds)), 1, 1)
    elif picture and frame.count > 1:
        _put(tile, _label(f"x{frame.count}"), 1, 1)
    if frame.favourite:
        _put(tile, _stamp((48, 48), _draw_star), 1, 0)
    if number is not None:
        _put(tile, _number(number), 0, 0)
    return tile


def _open(data: bytes) -> Image.Image | None:
    """Return the middle of the image as a square; None if it cannot be decoded."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return ImageOps.fit(picture.convert("RGB"), (_SIDE, _SIDE), centering=(0.5, 0.4))
    except (OSError, ValueError, SyntaxError):
        return None


def _placeholder(sign: Sign) -> Image.Image:
    tile = Image.new("RGB", (_SIDE, _SIDE), _PLACEHOLDER)
    _put(tile, _stamp((120, 120), _SIGNS[sign]), 0.5, 0.5)
    return tile


def _put(tile: Image.Image, stamp: Image.Image, across: float, down: float) -> None:
    """Paste a stamp on a tile with an inset: `across` from left (0) to right (1), `down` from top (0) to bottom (1)."""
    inset = 12
    left = inset + across * (tile.width - stamp.width - 2 * inset)
    top = inset + down * (tile.height - stamp.height - 2 * inset)
    tile.paste(stamp, (round(left), round(top)), stamp)


type Pen = ImageDraw.ImageDraw
type DrawFrame = Callable[[Pen, int, int], None]


@cache
def _stamp(size: tuple[int, int], drawing: DrawFrame) -> Image.Image:
    """Return an anti-aliased drawing on a transparent background."""
    large = Image.new("RGBA", (size[0] * _FINE, size[1] * _FINE))
    drawing(ImageDraw.Draw(large), *large.size)
    return large.resize(size, Image.Resampling.LANCZOS)


@cache
def _number(number: int) -> Image.Image:
    def drawing(pen: Pen, width: int, height: int) -> None:
        pen.ellipse((0, 0, width - 1, height - 1), fill=_AMBER)
        font = ImageFont.load_default(34 * _FINE)
        pen.text((width / 2, height / 2), str(number), fill=_DESK, font=font, anchor="mm")

    return _stamp((54, 54), drawing)


@cache
def _label(text: str) -> Image.Image:
    def drawing(pen: Pen, width: int, height: int) -> None:
        pen.rounded_rectangle((0, 0, width - 1, height - 1), height / 2, fill=_SHADE)
        font = ImageFont.load_default(26 * _FINE)
        pen.text((width / 2, height / 2), text, fill=_PAPER, font=font, anchor="mm")

    return _stamp((28 + 15 * len(text), 40), drawing)


def _clock_text(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _draw_hole(pen: Pen, width: int, height: int) -> None:
    pen.rounded_rectangle((0, 0, width - 1, height - 1), height / 4, fill=_LIGHT)


def _draw_play(pen: Pen, width: int, height: int) -> None:
    pen.ellipse((0, 0, width - 1, height - 1), fill=_SHADE)
    corners = ((0.40, 0.30), (0.40, 0.70), (0.72, 0.50))
    pen.polygon([(x * width, y * height) for x, y in corners], fill=_PAPER)


def _draw_star(pen: Pen, width: int, height: int) -> None:
    middle = (width / 2, height / 2)
    pen.ellipse((0, 0, width - 1, height - 1), fill=_SHADE)
    points = [_on_circle(middle, width * (0.36, 0.15)[i % 2], i / 10) for i in range(10)]
    pen.polygon(points, fill=_AMBER)


def _on_circle(middle: tuple[float, float], radius: float, fraction: float) -> tuple[float, float]:
    """Return the point of a circle at a fraction of its circumference from the top."""
    angle = 2 * math.pi * fraction
    return middle[0] + radius * math.sin(angle), middle[1] - radius * math.cos(angle)


def _ring(pen: Pen, width: int, height: int, colour: str) -> None:
    pen.ellipse((0, 0, width - 1, height - 1), outline=colour, width=width // 16)


def _draw_under_way(pen: Pen, width: int, height: int) -> None:
    """Draw a clock."""
    _ring(pen, width, height, _AMBER)
    hands = [(width / 2, height * 0.24), (width / 2, height / 2), (width * 0.68, height * 0.60)]
    pen.line(hands, fill=_AMBER, width=width // 16, joint="curve")


def _draw_failed(pen: Pen, width: int, height: int) -> None:
    """Draw a cross."""
    colour = "#c0666c"
    _ring(pen, width, height, colour)
    near, far = 0.34, 0.66
    for ends in (((near, near), (far, far)), ((near, far), (far, near))):
        pen.line([(x * width, y * height) for x, y in ends], fill=colour, width=width // 14)


def _draw_cancelled(pen: Pen, width: int, height: int) -> None:
    """Draw a square, as on a stop button."""
    colour = "#8d929c"
    _ring(pen, width, height, colour)
    box = (width * 0.36, height * 0.36, width * 0.64, height * 0.64)
    pen.rounded_rectangle(box, width / 40, fill=colour)


def _draw_missing(pen: Pen, width: int, height: int) -> None:
    """Draw an image placeholder: a frame, a hill, a sun."""
    colour = "#8d929c"
    box = (0, height * 0.12, width - 1, height * 0.88)
    pen.rounded_rectangle(box, width / 12, outline=colour, width=width // 16)
    hill = ((0.14, 0.74), (0.40, 0.42), (0.58, 0.62), (0.68, 0.52), (0.86, 0.74))
    pen.polygon([(x * width, y * height) for x, y in hill], fill=colour)
    pen.ellipse((width * 0.66, height * 0.26, width * 0.80, height * 0.40), fill=colour)


_SIGNS: dict[Sign, DrawFrame] = {
    Sign.UNDER_WAY: _draw_under_way,
    Sign.FAILED: _draw_failed,
    Sign.CANCELLED: _draw_cancelled,
    Sign.MISSING: _draw_missing,
}


def _encode(sheet: Image.Image) -> bytes:
    encoded = io.BytesIO()
    sheet.save(encoded, "JPEG", quality=88)
    return encoded.getvalue()
