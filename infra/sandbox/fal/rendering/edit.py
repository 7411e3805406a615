"""Edits of input images that are clearly visible."""

import math
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageOps, ImageStat

from infra.sandbox.fal.rendering import caption, inscription, motifs, picture
from infra.sandbox.fal.rendering.brush import Point, Size
from infra.sandbox.fal.rendering.palette import Colour, choose
from infra.sandbox.fal.rendering.vocabulary import words_of

_MOST_ENLARGED = 64 * 1024 * 1024
_GRADE = 0.62


def retouch(
    sources: Sequence[Image.Image], prompt: str, seed: int, size: Size | None
) -> Image.Image:
    """Recolour the first image, add the others to it, and add the subject that the prompt names."""
    random = Random(f"{seed}\n{prompt}")  # noqa: S311 - not a secret
    wanted = size or _within(sources[0].size, 2048)
    image = _side_by_side(sources, picture.canvas(wanted))
    palette = choose(words_of(prompt), random)
    duotone = ImageOps.colorize(
        image.convert("L"), palette.land[-1], palette.light, palette.sky[-2], 0, 235, 120
    )
    image = Image.blend(image, duotone, _GRADE)
    motif = motifs.named(words_of(prompt))
    if motif is not None:
        side = max(2, min(image.size) // 2)
        drawn = motifs.draw(motif, side, palette, random)
        image.paste(drawn, (image.width - side, image.height - side), drawn)
    image = picture.finish(image, seed)
    inscription.sign(image, prompt)
    caption.wipe(image)
    caption.write(image, prompt)
    return picture.fitted(image, wanted)


def inpaint(source: Image.Image, mask: Image.Image, prompt: str, seed: int) -> Image.Image:
    """Paint where the mask is white, and leave every other pixel unchanged."""
    painted = picture.paint(prompt, seed, source.size)
    return Image.composite(painted, source, mask.convert("L"))


def erase(source: Image.Image, mask: Image.Image) -> Image.Image:
    """Cover what the mask marks with its surroundings, and leave every other pixel unchanged."""
    radius = max(8, max(source.size) // 12)
    spread = (
        mask.convert("L").filter(ImageFilter.BoxBlur(radius / 4)).point(lambda level: 255 - level)
    )
    surroundings = Image.composite(source, Image.new("RGB", source.size, _mean(source)), spread)
    filled = surroundings.filter(ImageFilter.BoxBlur(radius))
    return Image.composite(filled, source, mask.convert("L"))


def cut_out(source: Image.Image) -> Image.Image:
    """Make everything transparent except for an oval in the middle."""
    image = source.convert("RGBA")
    image.putalpha(outline(source.size))
    return image


def outline(size: Size) -> Image.Image:
    """Return the mask of the subject that `cut_out` keeps."""
    mask = Image.new("L", size)
    margin = size[0] // 8, size[1] // 8
    box = (margin[0], margin[1], size[0] - margin[0] - 1, size[1] - margin[1] - 1)
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return mask.filter(ImageFilter.BoxBlur(max(1, min(size) // 200)))


def expand(source: Image.Image, place: Point, size: Size, prompt: str, seed: int) -> Image.Image:
    """Paint around the image, which keeps its pixels at this place of the new size."""
    image = picture.paint(prompt, seed, size)
    image.paste(source, (round(place[0]), round(place[1])))
    return image


def enlarge(source: Image.Image, factor: float) -> Image.Image:
    """Enlarge by this factor, to at most 64 megapixels."""
    factor = min(factor, math.sqrt(_MOST_ENLARGED / (source.width * source.height)))
    size = max(1, round(source.width * factor)), max(1, round(source.height * factor))
    quick = size[0] * size[1] > _MOST_ENLARGED // 4
    return source.resize(size, Image.Resampling.BILINEAR if quick else Image.Resampling.LANCZOS)


def _mean(source: Image.Image) -> Colour:
    red, green, blue = (round(value) for value in ImageStat.Stat(source).mean[:3])
    return red, green, blue


def _side_by_side(sources: Sequence[Image.Image], size: Size) -> Image.Image:
    width = max(1, size[0] // len(sources))
    image = Image.new("RGB", size)
    for index, source in enumerate(sources):
        share = (size[0] - width * index if index == len(sources) - 1 else width), size[1]
        image.paste(ImageOps.fit(source, (max(1, share[0]), share[1])), (width * index, 0))
    return image


def _within(size: Size, largest: int) -> Size:
    factor = min(1.0, largest / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
