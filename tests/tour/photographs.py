"""The photos that the tour's users send, and one of them painted over."""

import io
from functools import cache

from PIL import Image, ImageDraw

from infra.sandbox.fal.rendering.picture import finish
from infra.sandbox.fal.rendering.scenery import compose

_SIZE = (1280, 960)
_SCENES = {"harbour": ("a boat at sea, morning", 11), "hills": ("trees on green hills, day", 4)}
#: Red and wide, as painted with a finger.
_BRUSH = "#ff2d55"
_PLACE = (820, 130, 1130, 420)


@cache
def photograph(name: str) -> bytes:
    return _jpeg(_paint(name))


@cache
def painted_over(name: str) -> bytes:
    """Return the same photo with a part of its sky painted over."""
    picture = _paint(name)
    ImageDraw.Draw(picture).ellipse(_PLACE, fill=_BRUSH)
    return _jpeg(picture)


def _paint(name: str) -> Image.Image:
    prompt, seed = _SCENES[name]
    return finish(compose(prompt, seed, _SIZE).flatten(), seed)


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=92)
    return buffer.getvalue()
