"""Images painted from a prompt."""

import io
from random import Random

from PIL import Image

from infra.sandbox.fal.rendering import brush, caption
from infra.sandbox.fal.rendering.brush import Size
from infra.sandbox.fal.rendering.scenery import compose

# A scene does not fit below this many pixels a side.
_SMALLEST = 64
_SAVING = {
    "jpeg": {"quality": 90},
    "png": {"compress_level": 3},
    "webp": {"quality": 88, "method": 2},
}


def paint(prompt: str, seed: int, size: Size) -> Image.Image:
    """Paint an image; the same prompt, seed and size give the same image."""
    canvas = max(_SMALLEST, size[0]), max(_SMALLEST, size[1])
    image = finish(compose(prompt, seed, canvas).flatten(), seed)
    caption.write(image, prompt)
    return image if canvas == size else image.resize(size)


def finish(image: Image.Image, seed: int) -> Image.Image:
    return brush.grain(brush.vignette(image), Random(seed))  # noqa: S311 - not a secret


def encode(image: Image.Image, file_format: str) -> bytes:
    """Encode the image as `jpeg`, `png` or `webp`."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **_SAVING[file_format])
    return buffer.getvalue()
