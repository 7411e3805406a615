"""Photos as users send them."""

import io

from PIL import Image, ImageDraw

SIZE = (640, 480)


def photograph(colour: str = "seagreen") -> bytes:
    return _encoded(_landscape(colour))


def painted_over(colour: str = "seagreen") -> bytes:
    """Return the same photo with a stroke of the editor's brush across it."""
    image = _landscape(colour)
    ImageDraw.Draw(image).ellipse((220, 160, 420, 320), fill="white")
    return _encoded(image)


def another() -> bytes:
    """Return a different photo."""
    return _encoded(Image.radial_gradient("L").resize(SIZE).convert("RGB"))


def _landscape(colour: str) -> Image.Image:
    image = Image.linear_gradient("L").resize(SIZE).convert("RGB")
    ImageDraw.Draw(image).rectangle((0, 300, *SIZE), fill=colour)
    return image


def _encoded(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=90)
    return target.getvalue()
