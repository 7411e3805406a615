"""Images painted from a prompt."""

import io
import math
from random import Random

from PIL import Image

from infra.sandbox.fal.rendering import brush, caption, inscription
from infra.sandbox.fal.rendering.brush import Size
from infra.sandbox.fal.rendering.scenery import compose

# A scene does not fit below this many pixels a side.
_SMALLEST = 64
_MOST_DRAWN = 1536 * 1024
# A larger image takes seconds to compress well.
_MOST_COMPRESSED = 4096 * 4096
_SAVING = {
    "jpeg": {"quality": 90},
    "png": {"compress_level": 3},
    "webp": {"quality": 88, "method": 2},
}


def paint(prompt: str, seed: int, size: Size) -> Image.Image:
    """Paint an image; the same prompt, seed and size give the same image."""
    drawn = canvas(size)
    image = finish(compose(prompt, seed, drawn).flatten(), seed)
    inscription.sign(image, prompt)
    caption.write(image, prompt)
    return fitted(image, size)


def canvas(size: Size) -> Size:
    """Return the size in which to draw an image of this size: a larger one takes too long on a laptop."""
    factor = min(1.0, math.sqrt(_MOST_DRAWN / (size[0] * size[1])))
    return max(_SMALLEST, round(size[0] * factor)), max(_SMALLEST, round(size[1] * factor))


def fitted(image: Image.Image, size: Size) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.BILINEAR)


def finish(image: Image.Image, seed: int) -> Image.Image:
    return brush.grain(brush.vignette(image), Random(seed))  # noqa: S311 - not a secret


def encode(image: Image.Image, file_format: str) -> bytes:
    """Encode the image as `jpeg`, `png` or `webp`."""
    buffer = io.BytesIO()
    saving = _SAVING[file_format]
    if file_format == "png" and image.width * image.height > _MOST_COMPRESSED:
        saving = {"compress_level": 1}
    image.save(buffer, file_format, **saving)
    return buffer.getvalue()
