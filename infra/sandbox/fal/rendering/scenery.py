"""A scene composed from a prompt: a background sky, layers of land or water, and the subject."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from PIL import Image, ImageDraw

from infra.sandbox.fal.rendering import brush, motifs
from infra.sandbox.fal.rendering.brush import Point, Size
from infra.sandbox.fal.rendering.palette import Palette, choose
from infra.sandbox.fal.rendering.vocabulary import is_form_of, words_of


@dataclass(frozen=True)
class Layer:
    """`depth` from 0 (far, hardly moves) to 1 (near)."""

    image: Image.Image
    depth: float


@dataclass
class Scene:
    backdrop: Image.Image
    palette: Palette
    layers: list[Layer] = field(default_factory=list)

    def flatten(self) -> Image.Image:
        picture = self.backdrop.copy()
        for layer in self.layers:
            picture.paste(layer.image, (0, 0), layer.image)
        return picture


type Ground = Callable[[Scene, Size, Random], None]

_SEA = (
    "sea",
    "ocean",
    "beach",
    "boat",
    "ship",
    "fish",
    "water",
    "lake",
    "мор",
    "океан",
    "пляж",
    "лодк",
    "корабл",
    "рыб",
    "вод",
    "озер",
)
_MOUNTAINS = ("mountain", "peak", "alps", "гор", "горы", "вершин", "скал")
_STILL = ("apple", "table", "product", "яблок", "стол", "натюрморт")
_ABSTRACT = ("abstract", "pattern", "geometr", "абстракт", "узор", "геометр")
_WITHOUT_SUBJECT = 0.46


def compose(prompt: str, seed: int, size: Size) -> Scene:
    """Compose a scene; the same prompt, seed and size give the same scene."""
    random = Random(f"{seed}\n{prompt}")  # noqa: S311 - not a secret
    words = words_of(prompt)
    palette = choose(words, random)
    ground = _ground(words, random)
    scene = Scene(_sky(size, palette, random), palette)
    ground(scene, size, random)
    motif = motifs.named(words)
    if motif is not None:
        scene.layers.append(_subject(motif, size, palette, random))
    return scene


def _ground(words: list[str], random: Random) -> Ground:
    for beginnings, ground in (
        (_ABSTRACT, _discs),
        (_SEA, _water),
        (_MOUNTAINS, _peaks),
        (_STILL, _table),
    ):
        if any(is_form_of(word, beginnings) for word in words):
            return ground
    # A figure cannot be placed on water.
    on_land = (_hills, _hills, _peaks)
    return random.choice(on_land if motifs.named(words) else (*on_land, _water))


def _sky(size: Size, palette: Palette, random: Random) -> Image.Image:
    width, height = size
    sky = brush.gradient(size, palette.sky)
    if palette.is_dark:
        _stars(sky, random)
        _ribbons(sky, palette, random)
    centre = width * random.uniform(0.22, 0.78), height * random.uniform(0.2, 0.42)
    radius = min(size) * random.uniform(0.055, 0.1)
    brush.glow(sky, centre, radius * 7, palette.light, 0.55)
    brush.disc(sky, centre, radius, palette.light)
    if not palette.is_dark:
        _clouds(sky, palette, random)
    return sky


def _stars(sky: Image.Image, random: Random) -> None:
    draw = ImageDraw.Draw(sky, "RGBA")
    for _ in range(140):
        x, y = random.random() * sky.width, random.random() ** 1.5 * sky.height * 0.7
        size = random.uniform(0.4, 1.3) * sky.height / 700
        draw.ellipse(
            (x - size, y - size, x + size, y + size), fill=(255, 255, 245, random.randint(70, 230))
        )


def _ribbons(sky: Image.Image, palette: Palette, random: Random) -> None:
    """Draw northern lights as blurred curtains."""
    small = (max(1, sky.width // 8), max(1, sky.height // 8))
    curtain = Image.new("L", small)
    draw = ImageDraw.Draw(curtain)
    for _ in range(2):
        phase, pitch = random.uniform(0, math.tau), random.uniform(1, 2.2)
        for x in range(small[0]):
            wave = math.sin(phase + pitch * math.tau * x / small[0])
            top = small[1] * (0.24 + 0.1 * wave)
            strength = round(46 + 40 * math.sin(phase * 3 + x / small[0] * 17))
            draw.line((x, top, x, top + small[1] * 0.22), fill=strength)
    mask = brush.soften(curtain, small[1] / 22).resize(sky.size, Image.Resampling.BICUBIC)
    sky.paste(palette.accent, (0, 0), mask)


def _clouds(sky: Image.Image, palette: Palette, random: Random) -> None:
    small = (max(1, sky.width // 4), max(1, sky.height // 4))
    mask = Image.new("L", small)
    draw = ImageDraw.Draw(mask)
    for _ in range(random.randint(2, 5)):
        x, y = random.random() * small[0], random.uniform(0.08, 0.45) * small[1]
        length, thickness = (
            random.uniform(0.15, 0.4) * small[0],
            small[1] * random.uniform(0.012, 0.03),
        )
        for part in range(6):
            left = x + length * (part / 6 - 0.5)
            rise = thickness * random.uniform(-1, 1)
            box = (left, y + rise, left + length / 2.5, y + rise + thickness)
            draw.ellipse(box, fill=random.randint(50, 110))
    smooth = brush.soften(mask, small[1] / 90).resize(sky.size, Image.Resampling.BICUBIC)
    sky.paste(brush.mix(palette.light, (255, 255, 255), 0.4), (0, 0), smooth)


def _range(
    scene: Scene, size: Size, random: Random, roughness: Callable[[float], float], first: float
) -> None:
    """Draw ridges from far and pale to near and dark, with mist at their base."""
    land = scene.palette.land
    for index, colour in enumerate(land):
        depth = index / (len(land) - 1)
        base = size[1] * (first + (0.93 - first) * depth)
        outline = brush.ridge(size, base, size[1] * roughness(depth), random)
        misty = brush.mix(colour, scene.palette.sky[-1], 0.35 * (1 - depth))
        image = brush.shape(size, outline, (colour, colour, misty))
        scene.layers.append(Layer(image, 0.15 + 0.85 * depth))


def _hills(scene: Scene, size: Size, random: Random) -> None:
    _range(scene, size, random, lambda depth: 0.035 + 0.012 * depth, 0.56)


def _peaks(scene: Scene, size: Size, random: Random) -> None:
    for share, colour in ((0.0, scene.palette.land[0]), (1.0, scene.palette.land[1])):
        outline = _peak_line(size, size[1] * (0.6 + 0.08 * share), random)
        snow = brush.mix(colour, (255, 255, 255), 0.75 - 0.3 * share)
        image = brush.shape(size, outline, (snow, snow, snow, colour, colour, colour))
        scene.layers.append(Layer(image, 0.1 + 0.2 * share))
    _range(scene, size, random, lambda _: 0.03, 0.74)


def _peak_line(size: Size, base: float, random: Random) -> list[Point]:
    """Return a sharp outline by midpoint displacement."""
    heights, swing = [random.uniform(0, 0.1), random.uniform(0, 0.1)], 0.3
    for _ in range(8):
        middles = [
            (a + b) / 2 + random.uniform(-0.35, 0.65) * swing
            for a, b in itertools.pairwise(heights)
        ]
        heights = [
            height for pair in zip(heights, middles, strict=False) for height in pair
        ] + heights[-1:]
        swing *= 0.5
    step = size[0] / (len(heights) - 1)
    line = [(index * step, base - height * size[1]) for index, height in enumerate(heights)]
    return [(0.0, float(size[1])), *line, (float(size[0]), float(size[1]))]


def _water(scene: Scene, size: Size, random: Random) -> None:
    width, height = size
    horizon = height * random.uniform(0.54, 0.62)
    far = brush.ridge(size, horizon - height * 0.015, height * 0.025, random)
    scene.layers.append(Layer(brush.shape(size, far, scene.palette.land[:2]), 0.1))
    surface = [
        (0.0, horizon),
        (float(width), horizon),
        (float(width), float(height)),
        (0.0, float(height)),
    ]
    colours = (
        scene.palette.sky[-1],
        brush.mix(scene.palette.land[1], scene.palette.sky[0], 0.5),
        scene.palette.land[-1],
    )
    water = brush.shape(size, surface, colours)
    draw = ImageDraw.Draw(water, "RGBA")
    for _ in range(170):
        nearness = random.random() ** 1.6
        y = horizon + 2 + nearness * (height - horizon)
        x, length = random.random() * width, width * (0.012 + 0.07 * nearness * random.random())
        fill = (*scene.palette.light, random.randint(20, 90))
        draw.line(
            (x - length, y, x + length, y),
            fill=fill,
            width=max(1, round(height / 420 * (1 + nearness * 2))),
        )
    scene.layers.append(Layer(water, 0.35))


def _table(scene: Scene, size: Size, random: Random) -> None:
    """Draw an indoor scene: a wall instead of the sky, and the edge of a table."""
    wall, cloth = scene.palette.sky[-1], brush.mix(scene.palette.light, scene.palette.land[0], 0.2)
    scene.backdrop = brush.gradient(size, (brush.mix(wall, scene.palette.land[1], 0.45), wall))
    brush.glow(
        scene.backdrop, (size[0] * 0.3, size[1] * 0.3), max(size) * 0.7, scene.palette.light, 0.6
    )
    edge = size[1] * random.uniform(0.66, 0.72)
    top = [
        (0.0, edge),
        (float(size[0]), edge),
        (float(size[0]), float(size[1])),
        (0.0, float(size[1])),
    ]
    image = brush.shape(size, top, (cloth, cloth, brush.mix(cloth, scene.palette.land[1], 0.35)))
    scene.layers.append(Layer(image, 0.5))


def _discs(scene: Scene, size: Size, random: Random) -> None:
    """Draw overlapping rings and half discs, like cut paper."""
    colours = [*scene.palette.land, scene.palette.accent, scene.palette.light, *scene.palette.sky]
    for index in range(7):
        layer = Image.new("RGBA", size)
        radius = min(size) * random.uniform(0.12, 0.42) * (1 - index / 12)
        centre = random.random() * size[0], random.uniform(0.15, 0.9) * size[1]
        colour = random.choice(colours)
        for share in (1.0, 0.72, 0.44):
            tone = brush.mix(colour, scene.palette.light, 0.9 - share * 0.9)
            brush.disc(layer, centre, radius * share, tone)
        scene.layers.append(Layer(layer, index / 7))


def _subject(motif: motifs.Motif, size: Size, palette: Palette, random: Random) -> Layer:
    width, height = size
    side = max(2, round(min(size) * (0.95 if motif is motifs.city else _WITHOUT_SUBJECT)))
    drawn = motifs.draw(motif, side, palette, random)
    layer = Image.new("RGBA", size)
    if motif is motifs.city:
        drawn = drawn.resize((round(width * 1.02), round(height * 0.5)))
        layer.paste(drawn, (0, height - drawn.height), drawn)
        return Layer(layer, 0.7)
    left = round((width - side) * random.uniform(0.3, 0.7))
    bottom = round(height * (0.55 if motif is motifs.bird else 0.88))
    layer.paste(drawn, (left, bottom - side), drawn)
    return Layer(layer, 0.75)
