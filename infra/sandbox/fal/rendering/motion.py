"""Frames of a video: slow motion over a scene or an input image."""

import math
from collections.abc import Callable, Iterator
from random import Random

from PIL import Image, ImageOps

from infra.sandbox.fal.rendering import brush, caption, picture
from infra.sandbox.fal.rendering.brush import Size
from infra.sandbox.fal.rendering.palette import Colour
from infra.sandbox.fal.rendering.scenery import compose

# How much larger than a frame the scene is, so that the camera has room to move.
_MARGIN = 1.12
_ZOOM = 0.12
_MOTES = 18
_LIGHT: Colour = (255, 248, 226)

type Frame = Callable[[float], Image.Image]


def from_scene(prompt: str, seed: int, size: Size) -> Frame:
    """Return the frame at a point of the video from 0 to 1: near layers move faster than far ones."""
    canvas = round(size[0] * _MARGIN), round(size[1] * _MARGIN)
    scene = compose(prompt, seed, canvas)
    backdrop = picture.finish(scene.backdrop, seed)
    room = canvas[0] - size[0], (canvas[1] - size[1]) // 2
    motes = _motes(seed, size, scene.palette.light)

    def frame(share: float) -> Image.Image:
        image = _at(backdrop, room, 0.1 * share, size)
        for layer in scene.layers:
            near = _at(layer.image, room, layer.depth * share, size)
            image.paste(near, (0, 0), near)
        motes(image, share)
        caption.write(image, prompt)
        return image

    return frame


def from_picture(source: Image.Image, seed: int, size: Size) -> Frame:
    """Return a frame of a slow zoom with drifting light."""
    image = ImageOps.fit(source, (round(size[0] * 1.3), round(size[1] * 1.3)))
    motes = _motes(seed, size, _LIGHT)
    lean = Random(seed).uniform(0.2, 0.8)  # noqa: S311 - not a secret

    def frame(share: float) -> Image.Image:
        cut = _ZOOM * _eased(share)
        left, top = image.width * cut * lean, image.height * cut * 0.5
        box = (left, top, left + image.width * (1 - cut), top + image.height * (1 - cut))
        moved = image.resize(size, Image.Resampling.BILINEAR, box=box)
        motes(moved, share)
        return moved

    return frame


def between(first: Image.Image, last: Image.Image, size: Size) -> Frame:
    """Return a frame of a slow transition from one picture to the other."""
    start, end = ImageOps.fit(first, size), ImageOps.fit(last, size)

    def frame(share: float) -> Image.Image:
        return Image.blend(start, end, _eased(share))

    return frame


def _at(image: Image.Image, room: Size, share: float, size: Size) -> Image.Image:
    left, top = round(room[0] * _eased(share)), room[1]
    return image.crop((left, top, left + size[0], top + size[1]))


def _eased(share: float) -> float:
    return (1 - math.cos(math.pi * share)) / 2


def _motes(seed: int, size: Size, colour: Colour) -> Callable[[Image.Image, float], None]:
    """Draw specks of light that rise and sway."""
    random = Random(seed)  # noqa: S311 - not a secret
    starts = [(random.random(), random.random(), random.uniform(0.5, 1)) for _ in range(_MOTES)]
    sprite = Image.new("RGB", (1, 1), colour)
    side = max(6, size[1] // 40)
    spot = brush.spot(side, 150)
    light = sprite.resize((side, side))

    def draw(image: Image.Image, share: float) -> None:
        for x, y, pace in starts:
            sway = 0.02 * math.sin(math.tau * (share + x))
            left = round((x + sway + 0.05 * share * pace) % 1 * size[0])
            image.paste(light, (left, round((y - 0.12 * share * pace) % 1 * size[1])), spot)

    return draw


def frames(frame: Frame, count: int) -> Iterator[Image.Image]:
    """Yield the frames of the whole movement, from its first to its last moment."""
    for index in range(count):
        yield frame(index / max(1, count - 1))
