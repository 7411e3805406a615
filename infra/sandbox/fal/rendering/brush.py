"""Building blocks of every scene: gradients, glows, ridges, mist, grain."""

import math
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from infra.sandbox.fal.rendering.palette import Colour

type Size = tuple[int, int]
type Point = tuple[float, float]

# Pillow's radial gradient is 255 in its corners; this is the minimum along its edges.
_EDGE = 179


def gradient(size: Size, colours: Sequence[Colour]) -> Image.Image:
    """Return a vertical gradient through all colours, the first on top."""
    ramp = Image.linear_gradient("L").resize((1, size[1]), Image.Resampling.BILINEAR)
    channels = [ramp.point(_curve([colour[i] for colour in colours])) for i in range(3)]
    return Image.merge("RGB", channels).resize(size)


def _curve(stops: Sequence[int]) -> list[int]:
    def value(position: float) -> int:
        index = min(int(position), len(stops) - 2)
        return round(stops[index] + (stops[index + 1] - stops[index]) * (position - index))

    return [value(level / 255 * (len(stops) - 1)) for level in range(256)]


def glow(image: Image.Image, centre: Point, radius: float, colour: Colour, strength: float) -> None:
    """Add soft light around a point."""
    side = max(2, round(radius * 2))
    light = Image.new("RGB", (side, side), colour)
    corner = round(centre[0] - side / 2), round(centre[1] - side / 2)
    image.paste(light, corner, spot(side, 255 * strength))


def spot(side: int, peak: float) -> Image.Image:
    """Return a round mask that falls from `peak` (of 255) in the middle to zero at the edge."""
    falloff = [round(peak * max(0.0, 1 - level / _EDGE) ** 2) for level in range(256)]
    return Image.radial_gradient("L").point(falloff).resize((side, side))


def disc(image: Image.Image, centre: Point, radius: float, fill: Colour) -> None:
    side = max(2, round(radius * 4))
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).ellipse((0, 0, side - 1, side - 1), fill=255)
    smooth = mask.reduce(2)
    image.paste(fill, (round(centre[0] - radius), round(centre[1] - radius)), smooth)


def ridge(size: Size, base: float, height: float, random: Random) -> list[Point]:
    """Return the outline of a hill range: a sum of waves, closed along the bottom."""
    width, bottom = size
    waves = [
        (random.uniform(0.6, 1.4) * 2**octave, random.uniform(0, math.tau), 0.55**octave)
        for octave in range(6)
    ]
    step = max(1, width // 160)
    line = [
        (
            float(x),
            base - height * sum(a * math.sin(f * math.tau * x / width + p) for f, p, a in waves),
        )
        for x in range(0, width + step, step)
    ]
    return [(0.0, float(bottom)), *line, (float(width), float(bottom))]


def shape(size: Size, outline: Sequence[Point], colours: Sequence[Colour]) -> Image.Image:
    """Return a layer: this outline filled with a vertical gradient, transparent around it.

    Only the mask is drawn at double size, because only edges need smoothing.
    """
    mask = Image.new("L", (size[0] * 2, size[1] * 2))
    ImageDraw.Draw(mask).polygon([(x * 2, y * 2) for x, y in outline], fill=255)
    layer = gradient(size, colours)
    layer.putalpha(mask.reduce(2))
    return layer


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Mix `share` of the second colour into the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def grain(image: Image.Image, random: Random, amount: float = 0.03) -> Image.Image:
    """Add slight film grain, which hides the steps of the gradients."""
    small = (image.width // 2 or 1, image.height // 2 or 1)
    noise = Image.frombytes("L", small, random.randbytes(small[0] * small[1]))
    noise = noise.resize(image.size, Image.Resampling.BILINEAR)
    return Image.blend(image, ImageChops.soft_light(image, noise.convert("RGB")), amount * 8)


def vignette(image: Image.Image, strength: float = 0.28) -> Image.Image:
    """Darken the corners slightly."""
    levels = [round(255 * (1 - strength * (level / 255) ** 3)) for level in range(256)]
    shade = Image.radial_gradient("L").point(levels).resize(image.size)
    return ImageChops.multiply(image, shade.convert("RGB"))


def soften(image: Image.Image, radius: float) -> Image.Image:
    return image.filter(ImageFilter.BoxBlur(radius))
