"""Sizes by the names that fal's models give them."""

import math
import re
from collections.abc import Mapping

from infra.sandbox.fal.orders import Size

MEGAPIXEL = 1024 * 1024
PRESETS: Mapping[str, Size] = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
# What Google's models make of a ratio at 1K; others differ by a few pixels.
_RATIOS: Mapping[str, Size] = {
    "21:9": (1536, 672),
    "16:9": (1344, 768),
    "3:2": (1248, 832),
    "4:3": (1184, 864),
    "5:4": (1152, 896),
    "1:1": (1024, 1024),
    "4:5": (896, 1152),
    "3:4": (864, 1184),
    "2:3": (832, 1248),
    "9:16": (768, 1344),
}
_STEP = 16
_LARGEST_CLIP_SIDE = 3840
_WIDEST = 16
_MOST_THOUSANDS = 8


def ratio_of(name: str) -> float | None:
    """Return width to height of a name such as `16:9`; None for `auto` and the like."""
    found = re.fullmatch(r"(\d{1,4}(?:\.\d+)?):(\d{1,4}(?:\.\d+)?)", name)
    width, height = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
    fits = 0 < width <= height * _WIDEST and height <= width * _WIDEST
    return width / height if fits else None


def thousands_of(name: str) -> float | None:
    """Return the number in a name such as `2K`, `0.5K` or `auto_4K`."""
    found = re.fullmatch(r"(?:auto_)?(\d+(?:\.\d+)?)k", name, re.IGNORECASE)
    return float(found[1]) if found and float(found[1]) <= _MOST_THOUSANDS else None


def lines_of(name: str) -> int | None:
    """Return the shorter side of a video size such as `720p`, `768P`, `2K` or `4k`."""
    if found := re.fullmatch(r"(\d{3,4})p", name, re.IGNORECASE):
        return int(found[1])
    return {2.0: 1440, 4.0: 2160}.get(thousands_of(name) or 0)


def clip_area(lines: int) -> int:
    """Return the pixels of a frame with this shorter side at 16:9, rounded up to the encoder's blocks."""
    return math.ceil(lines * 16 / 9 / _STEP) * _STEP * lines


def sides(ratio: float, area: float) -> Size:
    """Return sides of about this ratio and area, in the models' steps of 16 pixels."""
    for known in _RATIOS.values():
        if math.isclose(ratio, known[0] / known[1], rel_tol=0.035):
            factor = math.sqrt(area / MEGAPIXEL)
            return _stepped(known[0] * factor), _stepped(known[1] * factor)
    return _stepped(math.sqrt(area * ratio)), _stepped(math.sqrt(area / ratio))


def _stepped(side: float) -> int:
    return max(_STEP, round(side / _STEP) * _STEP)


def clip_sides(ratio: float, area: float) -> Size:
    """Return even sides: H.264 with 4:2:0 requires them."""
    largest = _LARGEST_CLIP_SIDE / math.sqrt(area * max(ratio, 1 / ratio))
    side = math.sqrt(area) * min(1.0, largest)
    return _even(side * math.sqrt(ratio)), _even(side / math.sqrt(ratio))


def _even(side: float) -> int:
    return max(2, round(side / 2) * 2)
