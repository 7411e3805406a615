"""Generated test images, and what users do to them."""

import io
import random
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFilter

type Box = tuple[int, int, int, int]


def photo(size: tuple[int, int] = (900, 600), seed: int = 1) -> Image.Image:
    """Draw a photo-like image: soft and hard edges, all colours, and grain."""
    draw_random = random.Random(seed)  # noqa: S311 - the same image each time
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    canvas = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = draw_random.randrange(size[0]), draw_random.randrange(size[1])
        side = draw_random.randrange(10, max(11, size[0] // 4))
        colour = (
            draw_random.randrange(256),
            draw_random.randrange(256),
            draw_random.randrange(256),
        )
        shape = draw_random.choice([canvas.ellipse, canvas.rectangle])
        shape((x, y, x + side, y + side), fill=colour)
    grain = Image.effect_noise(size, 24).convert("RGB")
    return Image.blend(image.filter(ImageFilter.GaussianBlur(0.7)), grain, 0.12)


def painted(image: Image.Image, box: Box, colour: str = "red") -> Image.Image:
    """Paint over an area with a broad brush."""
    copy = image.copy()
    ImageDraw.Draw(copy).ellipse(box, fill=colour)
    return copy


def outlined(image: Image.Image, box: Box, width: int) -> Image.Image:
    """Draw a line around an area by hand: its ends are close, but need not meet."""
    copy = image.copy()
    ImageDraw.Draw(copy).arc(box, 4, 360, fill="lime", width=width)
    return copy


def recompressed(image: Image.Image, longest: int = 1280, quality: int = 80) -> Image.Image:
    """Re-encode as Telegram does: no side above 1280 pixels, JPEG."""
    small = image.copy()
    small.thumbnail((longest, longest))
    return opened(encoded(small, "JPEG", quality=quality))


def encoded(image: Image.Image, form: str = "PNG", **settings: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **settings)
    return buffer.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def share(mask: Image.Image, box: Box) -> float:
    """Return the share of an area that is white."""
    levels: Sequence[int] = mask.crop(box).histogram()
    return sum(levels[128:]) / sum(levels)
