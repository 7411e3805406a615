"""Simple subjects in flat shapes. Each draws into a unit square: (0, 0) top left, (1, 1) bottom right."""

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random

from PIL import Image, ImageDraw

from infra.sandbox.fal.rendering.brush import Point, mix
from infra.sandbox.fal.rendering.palette import Colour, Palette, rgb
from infra.sandbox.fal.rendering.vocabulary import is_form_of


class Pen:
    """Draws in a square of `side` pixels with coordinates from 0 to 1."""

    def __init__(self, side: int) -> None:
        self.layer = Image.new("RGBA", (side, side))
        self._draw = ImageDraw.Draw(self.layer)
        self._side = side

    def oval(self, x: float, y: float, width: float, height: float, fill: Colour) -> None:
        """Draw an ellipse around (x, y)."""
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        self._draw.ellipse([edge * self._side for edge in box], fill=fill)

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        self._draw.polygon([(x * self._side, y * self._side) for x, y in points], fill=fill)

    def box(self, x: float, y: float, width: float, height: float, fill: Colour) -> None:
        edges = (x, y, x + width, y + height)
        self._draw.rectangle([edge * self._side for edge in edges], fill=fill)

    def curve(self, points: Sequence[Point], width: float, fill: Colour) -> None:
        scaled = [(x * self._side, y * self._side) for x, y in points]
        self._draw.line(scaled, fill=fill, width=max(1, round(width * self._side)), joint="curve")


type Motif = Callable[[Pen, Palette, Random], None]


def apple(pen: Pen, palette: Palette, _: Random) -> None:
    body, leaf = rgb("c8372d"), rgb("6f9b4a")
    dark, bright = mix(body, (40, 0, 20), 0.35), mix(body, (255, 240, 220), 0.45)
    pen.oval(0.5, 0.965, 0.7, 0.06, mix(palette.land[-1], (0, 0, 0), 0.35))
    pen.curve([(0.5, 0.3), (0.51, 0.2), (0.55, 0.1)], 0.03, rgb("4a2f1e"))
    pen.polygon([(0.54, 0.2), (0.64, 0.07), (0.82, 0.08), (0.72, 0.2), (0.6, 0.24)], leaf)
    pen.oval(0.36, 0.56, 0.56, 0.66, dark)
    pen.oval(0.64, 0.56, 0.56, 0.66, dark)
    pen.oval(0.5, 0.7, 0.56, 0.54, dark)
    pen.oval(0.37, 0.54, 0.5, 0.6, body)
    pen.oval(0.61, 0.54, 0.5, 0.6, body)
    pen.oval(0.49, 0.67, 0.5, 0.5, body)
    pen.oval(0.5, 0.27, 0.22, 0.08, dark)
    pen.oval(0.28, 0.44, 0.1, 0.2, bright)


def cat(pen: Pen, palette: Palette, _: Random) -> None:
    fur = mix(palette.land[-1], (10, 10, 20), 0.5)
    eye = palette.accent
    pen.curve([(0.7, 0.9), (0.88, 0.84), (0.93, 0.66), (0.84, 0.52), (0.9, 0.42)], 0.06, fur)
    pen.oval(0.5, 0.76, 0.48, 0.52, fur)
    pen.box(0.32, 0.76, 0.36, 0.24, fur)
    pen.oval(0.5, 0.36, 0.42, 0.36, fur)
    pen.polygon([(0.31, 0.34), (0.31, 0.06), (0.48, 0.22)], fur)
    pen.polygon([(0.69, 0.34), (0.69, 0.06), (0.52, 0.22)], fur)
    for x in (0.41, 0.59):
        pen.oval(x, 0.35, 0.09, 0.075, eye)
        pen.oval(x, 0.35, 0.022, 0.07, fur)
    pen.polygon([(0.475, 0.43), (0.525, 0.43), (0.5, 0.46)], mix(eye, (255, 180, 180), 0.5))


def house(pen: Pen, palette: Palette, _: Random) -> None:
    wall, roof, lamp = mix(palette.land[0], (255, 250, 240), 0.55), palette.accent, rgb("ffd98a")
    pen.box(0.66, 0.16, 0.09, 0.24, mix(roof, (0, 0, 0), 0.45))
    pen.box(0.18, 0.45, 0.64, 0.55, wall)
    pen.box(0.62, 0.45, 0.2, 0.55, mix(wall, palette.land[-1], 0.18))
    pen.polygon([(0.08, 0.48), (0.5, 0.1), (0.92, 0.48)], mix(roof, palette.land[-1], 0.2))
    pen.box(0.43, 0.7, 0.15, 0.3, palette.land[-1])
    for x in (0.25, 0.66):
        pen.box(x, 0.57, 0.12, 0.14, lamp)
        pen.box(x + 0.055, 0.57, 0.01, 0.14, wall)


def tree(pen: Pen, palette: Palette, random: Random) -> None:
    trunk = mix(palette.land[-1], rgb("3b2417"), 0.6)
    leaf = mix(palette.land[1], rgb("5f8f55"), 0.5)
    pen.polygon([(0.45, 1), (0.47, 0.45), (0.53, 0.45), (0.56, 1)], trunk)
    pen.curve([(0.5, 0.7), (0.66, 0.5)], 0.03, trunk)
    pen.curve([(0.5, 0.64), (0.35, 0.48)], 0.025, trunk)
    for shade in (0.35, 0.15, 0.0):
        colour = mix(leaf, palette.land[-1], shade)
        for _ in range(9):
            angle, reach = random.uniform(0, math.tau), random.uniform(0, 0.22)
            width = random.uniform(0.2, 0.32)
            x, y = (
                0.5 + math.cos(angle) * reach * 1.3 - (0.35 - shade) * 0.1,
                0.34 + math.sin(angle) * reach,
            )
            pen.oval(x, y - (0.35 - shade) * 0.12, width, width * 0.9, colour)


def flower(pen: Pen, palette: Palette, random: Random) -> None:
    stem, petal = mix(palette.land[-1], rgb("4f8a4b"), 0.6), palette.accent
    pen.curve([(0.5, 0.42), (0.47, 0.7), (0.5, 1)], 0.025, stem)
    pen.polygon([(0.48, 0.82), (0.66, 0.62), (0.78, 0.64), (0.68, 0.78)], stem)
    pen.polygon([(0.48, 0.9), (0.32, 0.74), (0.2, 0.77), (0.3, 0.88)], stem)
    petals = random.choice((8, 10, 12))
    for ring, share in ((0.2, 0.2), (0.13, 0.0)):
        for index in range(petals):
            angle = math.tau * (index + ring * 2.5) / petals
            x, y = 0.5 + math.cos(angle) * ring, 0.32 + math.sin(angle) * ring
            pen.oval(x, y, 0.17, 0.17, mix(petal, (60, 0, 50) if share else (255, 255, 255), 0.16))
    pen.oval(0.5, 0.32, 0.17, 0.17, rgb("f6c344"))
    pen.oval(0.5, 0.32, 0.1, 0.1, rgb("d9912b"))


def fish(pen: Pen, palette: Palette, _: Random) -> None:
    body = palette.accent
    fin = mix(body, (40, 10, 60), 0.3)
    pen.polygon([(0.74, 0.5), (0.97, 0.3), (0.91, 0.5), (0.97, 0.7)], fin)
    pen.polygon([(0.35, 0.38), (0.52, 0.18), (0.66, 0.38)], fin)
    pen.polygon([(0.42, 0.64), (0.5, 0.8), (0.6, 0.62)], fin)
    pen.oval(0.44, 0.5, 0.7, 0.36, body)
    pen.oval(0.46, 0.56, 0.56, 0.2, mix(body, (255, 255, 255), 0.3))
    for x in (0.42, 0.52, 0.62):
        pen.curve([(x, 0.4), (x + 0.03, 0.5), (x, 0.6)], 0.012, fin)
    pen.oval(0.22, 0.46, 0.09, 0.09, (255, 255, 255))
    pen.oval(0.215, 0.46, 0.045, 0.045, (20, 20, 30))


def bird(pen: Pen, palette: Palette, _: Random) -> None:
    ink = mix(palette.land[-1], (0, 0, 10), 0.3) if not palette.is_dark else palette.light
    for x, y, span in ((0.5, 0.45, 0.5), (0.2, 0.25, 0.22), (0.78, 0.7, 0.26), (0.85, 0.2, 0.16)):
        for side in (-1, 1):
            tip = x + side * span / 2
            pen.polygon(
                [
                    (x, y + span * 0.1),
                    (x + side * span * 0.22, y - span * 0.2),
                    (tip, y - span * 0.05),
                    (x + side * span * 0.24, y - span * 0.08),
                ],
                ink,
            )
        pen.oval(x, y + span * 0.07, span * 0.1, span * 0.16, ink)


def boat(pen: Pen, palette: Palette, _: Random) -> None:
    hull, sail = (
        mix(palette.accent, palette.land[-1], 0.35),
        mix(palette.light, (255, 255, 255), 0.5),
    )
    pen.box(0.495, 0.08, 0.018, 0.68, palette.land[-1])
    pen.polygon([(0.52, 0.1), (0.86, 0.68), (0.52, 0.68)], sail)
    pen.polygon([(0.485, 0.18), (0.485, 0.68), (0.22, 0.68)], mix(sail, palette.accent, 0.35))
    pen.polygon([(0.12, 0.74), (0.9, 0.74), (0.76, 0.94), (0.27, 0.94)], hull)
    pen.polygon([(0.12, 0.74), (0.9, 0.74), (0.88, 0.78), (0.14, 0.78)], sail)


def city(pen: Pen, palette: Palette, random: Random) -> None:
    x = 0.0
    while x < 1:
        width, height = random.uniform(0.07, 0.15), random.uniform(0.25, 0.9)
        wall = mix(palette.land[-2], palette.land[-1], random.random())
        pen.box(x, 1 - height, width - 0.008, height, wall)
        for row in range(int(height / 0.05)):
            for column in range(int(width / 0.035)):
                if random.random() < 0.4:
                    left, top = x + 0.012 + column * 0.035, 1.015 - height + row * 0.05
                    pen.box(
                        left, top, 0.014, 0.022, mix(rgb("ffd98a"), wall, random.random() * 0.6)
                    )
        x += width


# Each motif with the stems of the words that name it.
_WORDS: Mapping[Motif, tuple[str, ...]] = {
    apple: ("apple", "яблок"),
    cat: ("cat", "kitten", "кот", "кошк", "котик"),
    house: ("house", "home", "cottage", "cabin", "дом", "изб", "хижин"),
    tree: ("tree", "oak", "forest", "дерев", "дуб", "лес"),
    flower: ("flower", "rose", "tulip", "bouquet", "цвет", "роз", "букет", "тюльпан"),
    fish: ("fish", "рыб"),
    bird: ("bird", "gull", "птиц", "чайк"),
    boat: ("boat", "ship", "sail", "лодк", "корабл", "парус", "яхт"),
    city: ("city", "town", "skyline", "город", "небоскр"),
}


def named(words: Sequence[str]) -> Motif | None:
    """Return the first subject that the words name."""
    for word in words:
        for motif, beginnings in _WORDS.items():
            if is_form_of(word, beginnings):
                return motif
    return None


def draw(motif: Motif, side: int, palette: Palette, random: Random) -> Image.Image:
    """Draw the subject on a transparent square, at double size and then reduced to smooth its edges."""
    pen = Pen(side * 2)
    motif(pen, palette, random)
    return pen.layer.reduce(2)
