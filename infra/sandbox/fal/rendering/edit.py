"""Edits of input images that are clearly visible."""

from collections.abc import Sequence
from random import Random

from PIL import Image, ImageOps

from infra.sandbox.fal.rendering import caption, motifs, picture
from infra.sandbox.fal.rendering.brush import Size
from infra.sandbox.fal.rendering.palette import choose
from infra.sandbox.fal.rendering.vocabulary import words_of

_LARGEST = 4096
_GRADE = 0.62


def retouch(
    sources: Sequence[Image.Image], prompt: str, seed: int, size: Size | None
) -> Image.Image:
    """Recolour the first image, add the others to it, and add the subject that the prompt names."""
    random = Random(f"{seed}\n{prompt}")  # noqa: S311 - not a secret
    image = _side_by_side(sources, size or _within(sources[0].size, 2048))
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
    caption.wipe(image)
    caption.write(image, prompt)
    return image


def inpaint(source: Image.Image, mask: Image.Image, prompt: str, seed: int) -> Image.Image:
    """Paint where the mask is white, and leave every other pixel unchanged."""
    size = max(64, source.width), max(64, source.height)
    painted = picture.paint(prompt, seed, size).resize(source.size)
    return Image.composite(painted, source, mask.convert("L"))


def enlarge(source: Image.Image, factor: float) -> Image.Image:
    """Enlarge by this factor, with no side above 4096 pixels."""
    size = round(source.width * factor), round(source.height * factor)
    return source.resize(_within(size, _LARGEST), Image.Resampling.LANCZOS)


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
