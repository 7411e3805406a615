"""Estimate of a request's price: fal's unit price, times the units of these options and this image."""

import math
from collections.abc import Mapping

from infra.fal.model import ORIGINAL, Model, Unit, Value

# fal bills units of 1024 × 1024 pixels, rounded up.
_MEGAPIXEL = 1024 * 1024
_USUAL_SECONDS = 8
_PRESETS = {
    "square_hd": 1024 * 1024,
    "square": 512 * 512,
    "portrait_4_3": 768 * 1024,
    "landscape_4_3": 1024 * 768,
    "portrait_16_9": 576 * 1024,
    "landscape_16_9": 1024 * 576,
}
# A video token is 1024 pixels of a frame, at 24 frames a second; every aspect of a resolution has about this area.
_TOKEN_PIXELS = 1024
_FRAMES = 24
_FRAME_PIXELS = {"480P": 864 * 480, "720P": 1280 * 720, "1080P": 1920 * 1080, "4K": 3840 * 2160}
_USUAL_RESOLUTION = "720P"


def estimate(
    model: Model, options: Mapping[str, Value], *, megapixels: float = 1, pictures: int = 1
) -> float | None:
    """Return US dollars; None if the unit price, or the units of such an order, are not known before it.

    `megapixels` is the size of the largest input image, in millions of pixels.
    """
    price = model.price
    chosen = {**model.defaults, **model.sent, **options}
    units = _units(model, chosen, megapixels, pictures)
    if price.dollars is None or units is None:
        return None
    factor = next(
        (tier.dollars / price.base for tier in price.tiers if tier.when.items() <= chosen.items()),
        1,
    )
    return round(price.dollars * units * factor, 6)


def _units(
    model: Model, chosen: Mapping[str, Value], megapixels: float, pictures: int
) -> float | None:
    count, per = int(chosen.get("count", 1)), model.price.per
    # Where the model chooses the duration, the longest is a safe estimate.
    longest = max(map(int, model.choices("duration")), default=_USUAL_SECONDS)
    seconds = int(chosen.get("duration", longest))
    match model.price.unit:
        case Unit.IMAGE:
            return count
        case Unit.VIDEO:
            return 1
        case Unit.SECOND:
            return seconds / per
        case Unit.TOKEN:
            resolution = str(chosen.get("resolution", _USUAL_RESOLUTION)).upper()
            pixels = _FRAME_PIXELS.get(resolution, max(_FRAME_PIXELS.values()))
            return pixels * _FRAMES * seconds / _TOKEN_PIXELS / per
        case Unit.MEGAPIXEL:
            return _megapixels(model, chosen, megapixels, pictures)
        case Unit.UNKNOWN:
            return None


def _megapixels(
    model: Model, chosen: Mapping[str, Value], megapixels: float, pictures: int
) -> float:
    price, given = model.price, min(megapixels, model.bounds.max_megapixels) * 1_000_000
    scale = int(chosen.get("scale", min(map(int, model.choices("scale")), default=1)))
    choice = model.options.get("size")
    spelling = choice.values.get(chosen.get("size", ORIGINAL)) if choice else None
    if isinstance(spelling, Mapping):
        pixels: int | None = spelling["width"] * spelling["height"]
    else:
        pixels = _PRESETS.get(str(spelling))
    # Without a known size the result has that of the input image.
    sizes = pixels or given * scale**2, given
    made, taken = (max(1, math.ceil(size / _MEGAPIXEL)) for size in sizes)
    units = int(chosen.get("count", 1)) * (1 + price.further * (made - 1))
    if price.given and model.image_field:
        units += price.given * max(price.given_least, pictures * taken)
    return units
