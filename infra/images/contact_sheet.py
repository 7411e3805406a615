"""Contact sheet: up to six thumbnails on two strips of film, with numbers."""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from PIL import Image, ImageOps

from infra.images import drawings
from infra.images.drawings import stamp

COLUMNS, ROWS = 3, 2
FRAMES = COLUMNS * ROWS

_SIDE, _GAP, _MARGIN = 320, 16, 24
_EDGE = 38  # margin of a strip above and below its frames, with the perforation
_HOLE, _HOLES = (22, 14), 24
_WIDTH = 2 * _MARGIN + COLUMNS * _SIDE + (COLUMNS - 1) * _GAP
_STRIP = _SIDE + 2 * _EDGE
_HEIGHT = 3 * _MARGIN + ROWS * _STRIP
# The left edges of the frames.
_LEFTS = tuple(_MARGIN + column * (_SIDE + _GAP) for column in range(COLUMNS))

_DESK, _FILM, _UNEXPOSED, _PLACEHOLDER = "#0b0c0f", "#1b1c21", "#121317", "#26282f"


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

    def draw_sheet() -> bytes:
        sheet = Image.new("RGB", (_WIDTH, _HEIGHT), _DESK)
        for row in range(ROWS):
            sheet.paste(_strip(), (0, _MARGIN + row * (_STRIP + _MARGIN)))
        for index, frame in enumerate(frames[:FRAMES]):
            row, column = divmod(index, COLUMNS)
            top = _MARGIN + row * (_STRIP + _MARGIN) + _EDGE
            sheet.paste(draw_frame(frame, index + 1), (_LEFTS[column], top))
        return encode_sheet(sheet)

    return await asyncio.to_thread(draw_sheet)


async def draw_single(frame: Frame) -> bytes:
    """Draw one frame without a number and return a JPEG."""

    def draw_sheet() -> bytes:
        sheet = Image.new("RGB", (_SIDE * 2, _SIDE + 2 * _EDGE), _FILM)
        draw_perforation(sheet)
        sheet.paste(draw_frame(frame, None), (_SIDE // 2, _EDGE))
        return encode_sheet(sheet)

    return await asyncio.to_thread(draw_sheet)


@cache
def _strip() -> Image.Image:
    strip = Image.new("RGB", (_WIDTH, _STRIP), _FILM)
    draw_perforation(strip)
    for left in _LEFTS:
        strip.paste(_UNEXPOSED, (left, _EDGE, left + _SIDE, _EDGE + _SIDE))
    return strip


def draw_perforation(strip: Image.Image) -> None:
    """Draw the perforation along both edges."""
    hole, step = stamp(_HOLE, drawings.hole), strip.width / _HOLES
    top = (_EDGE - _HOLE[1]) // 2
    for number in range(_HOLES):
        left = round((number + 0.5) * step - _HOLE[0] / 2)
        for upper in (top, strip.height - top - _HOLE[1]):
            strip.paste(hole, (left, upper), hole)


def draw_frame(frame: Frame, number: int | None) -> Image.Image:
    """Draw a frame; one whose image cannot be decoded shows its sign."""
    try:
        with Image.open(io.BytesIO(frame.picture or b"")) as picture:
            # The middle of the image as a square.
            tile = ImageOps.fit(picture.convert("RGB"), (_SIDE, _SIDE), centering=(0.5, 0.4))
    except (OSError, ValueError, SyntaxError):
        tile = Image.new("RGB", (_SIDE, _SIDE), _PLACEHOLDER)
        put_badge(tile, stamp((120, 120), _SIGNS[frame.sign]), 0.5, 0.5)
    else:
        if frame.seconds is not None:
            minutes, seconds = divmod(round(frame.seconds), 60)
            put_badge(tile, stamp((84, 84), drawings.play), 0.5, 0.5)
            put_badge(tile, drawings.label(f"{minutes}:{seconds:02}"), 1, 1)
        elif frame.count > 1:
            put_badge(tile, drawings.label(f"x{frame.count}"), 1, 1)
    if frame.favourite:
        put_badge(tile, stamp((48, 48), drawings.star), 1, 0)
    if number is not None:
        put_badge(tile, drawings.number(number), 0, 0)
    return tile


def put_badge(tile: Image.Image, badge: Image.Image, across: float, down: float) -> None:
    """Paste a badge on a tile with an inset: `across` from left (0) to right (1), `down` from top (0) to bottom (1)."""
    inset = 12
    left = inset + across * (tile.width - badge.width - 2 * inset)
    top = inset + down * (tile.height - badge.height - 2 * inset)
    tile.paste(badge, (round(left), round(top)), badge)


_SIGNS: dict[Sign, drawings.DrawBadge] = {
    Sign.UNDER_WAY: drawings.under_way,
    Sign.FAILED: drawings.failed,
    Sign.CANCELLED: drawings.cancelled,
    Sign.MISSING: drawings.missing,
}


def encode_sheet(sheet: Image.Image) -> bytes:
    encoded = io.BytesIO()
    sheet.save(encoded, "JPEG", quality=88)
    return encoded.getvalue()
