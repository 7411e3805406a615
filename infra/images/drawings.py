"""The drawings of a contact sheet: badges with text, the signs, and the perforation of the film.

They are drawings, not text: Pillow's own font has no Cyrillic. https://pillow.readthedocs.io/en/stable/reference/ImageDraw.html
"""

import math
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageDraw, ImageFont

# Oversampling factor: Pillow draws without anti-aliasing.
_FINE = 4
_INK, _LIGHT, _PAPER, _AMBER, _SHADE = "#0b0c0f", "#3f414a", "#e8e6e1", "#f2b84b", "#000000a8"

type Pen = ImageDraw.ImageDraw
type DrawBadge = Callable[[Pen, int, int], None]


@cache
def stamp(size: tuple[int, int], drawing: DrawBadge) -> Image.Image:
    """Return an anti-aliased drawing on a transparent background."""
    large = Image.new("RGBA", (size[0] * _FINE, size[1] * _FINE))
    drawing(ImageDraw.Draw(large), *large.size)
    return large.resize(size, Image.Resampling.LANCZOS)


@cache
def number(number: int) -> Image.Image:
    def drawing(pen: Pen, width: int, height: int) -> None:
        pen.ellipse((0, 0, width - 1, height - 1), fill=_AMBER)
        font = ImageFont.load_default(34 * _FINE)
        pen.text((width / 2, height / 2), str(number), fill=_INK, font=font, anchor="mm")

    return stamp((54, 54), drawing)


@cache
def label(text: str) -> Image.Image:
    def drawing(pen: Pen, width: int, height: int) -> None:
        pen.rounded_rectangle((0, 0, width - 1, height - 1), height / 2, fill=_SHADE)
        font = ImageFont.load_default(26 * _FINE)
        pen.text((width / 2, height / 2), text, fill=_PAPER, font=font, anchor="mm")

    return stamp((28 + 15 * len(text), 40), drawing)


def hole(pen: Pen, width: int, height: int) -> None:
    pen.rounded_rectangle((0, 0, width - 1, height - 1), height / 4, fill=_LIGHT)


def play(pen: Pen, width: int, height: int) -> None:
    pen.ellipse((0, 0, width - 1, height - 1), fill=_SHADE)
    corners = ((0.40, 0.30), (0.40, 0.70), (0.72, 0.50))
    pen.polygon([(x * width, y * height) for x, y in corners], fill=_PAPER)


def star(pen: Pen, width: int, height: int) -> None:
    pen.ellipse((0, 0, width - 1, height - 1), fill=_SHADE)
    points = []
    for corner in range(10):
        radius, angle = width * (0.36, 0.15)[corner % 2], 2 * math.pi * corner / 10
        points.append((width / 2 + radius * math.sin(angle), height / 2 - radius * math.cos(angle)))
    pen.polygon(points, fill=_AMBER)


def under_way(pen: Pen, width: int, height: int) -> None:
    """Draw a clock."""
    _ring(pen, width, height, _AMBER)
    hands = [(width / 2, height * 0.24), (width / 2, height / 2), (width * 0.68, height * 0.60)]
    pen.line(hands, fill=_AMBER, width=width // 16, joint="curve")


def failed(pen: Pen, width: int, height: int) -> None:
    """Draw a cross."""
    colour = "#c0666c"
    _ring(pen, width, height, colour)
    near, far = 0.34, 0.66
    for ends in (((near, near), (far, far)), ((near, far), (far, near))):
        pen.line([(x * width, y * height) for x, y in ends], fill=colour, width=width // 14)


def cancelled(pen: Pen, width: int, height: int) -> None:
    """Draw a square, as on a stop button."""
    colour = "#8d929c"
    _ring(pen, width, height, colour)
    box = (width * 0.36, height * 0.36, width * 0.64, height * 0.64)
    pen.rounded_rectangle(box, width / 40, fill=colour)


def missing(pen: Pen, width: int, height: int) -> None:
    """Draw an image placeholder: a frame, a hill, a sun."""
    colour = "#8d929c"
    box = (0, height * 0.12, width - 1, height * 0.88)
    pen.rounded_rectangle(box, width / 12, outline=colour, width=width // 16)
    hill = ((0.14, 0.74), (0.40, 0.42), (0.58, 0.62), (0.68, 0.52), (0.86, 0.74))
    pen.polygon([(x * width, y * height) for x, y in hill], fill=colour)
    pen.ellipse((width * 0.66, height * 0.26, width * 0.80, height * 0.40), fill=colour)


def _ring(pen: Pen, width: int, height: int, colour: str) -> None:
    pen.ellipse((0, 0, width - 1, height - 1), outline=colour, width=width // 16)
