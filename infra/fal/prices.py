"""Estimate of a request's price: fal's unit price, times the units of these options and this image."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Inputs:
    """Input images or video of an order: the largest one in millions of pixels, and how many there are.

    `made`: the size of the result, if it follows from the images only. `seconds` and `frames` are those of a video.
    """

    megapixels: float = 1
    pictures: int = 1
    made: float | None = None
    seconds: float = _USUAL_SECONDS
    frames: int = _USUAL_SECONDS * _FRAMES


_USUAL_INPUTS = Inputs()


def estimate(
    model: Model, options: Mapping[str, Value], inputs: Inputs = _USUAL_INPUTS
) -> float | None:
    """Return US dollars; None if the unit price, or the units of such an order, are not known before it."""
    price = model.price
    chosen = {**model.defaults, **model.sent, **options}
    units = billable_units(model, chosen, inputs)
    if price.dollars is None or units is None:
        return None
    factor = next(
        (tier.dollars / price.base for tier in price.tiers if tier.when.items() <= chosen.items()),
        1,
    )
    return round(price.dollars * units * factor, 6)


def billable_units(model: Model, chosen: Mapping[str, Value], inputs: Inputs) -> float | None:
    count, per = int(chosen.get("count", 1)), model.price.per
    # Where the model chooses the duration, the longest is a safe estimate.
    longest = max(map(int, model.choices("duration")), default=inputs.seconds)
    seconds = float(chosen.get("duration", longest))
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
            return billable_megapixels(model, chosen, inputs)
        case Unit.UNKNOWN:
            return None


def billable_megapixels(model: Model, chosen: Mapping[str, Value], inputs: Inputs) -> float:
    price = model.price
    scale = int(chosen.get("scale", min(map(int, model.choices("scale")), default=1)))
    if model.video_field:
        return inputs.megapixels * 1_000_000 * scale**2 * inputs.frames / _MEGAPIXEL / price.per
    given = min(inputs.megapixels, model.bounds.max_megapixels) * 1_000_000
    choice = model.options.get("size")
    spelling = choice.values.get(chosen.get("size", ORIGINAL)) if choice else None
    pixels: float | None
    if inputs.made is not None:
        pixels = inputs.made * 1_000_000
    elif isinstance(spelling, Mapping):
        pixels = spelling["width"] * spelling["height"]
    else:
        pixels = _PRESETS.get(str(spelling))
    # Without a known size the result has that of the input image.
    sizes = pixels or given * scale**2, given
    made, taken = (max(1, math.ceil(size / _MEGAPIXEL)) for size in sizes)
    units = int(chosen.get("count", 1)) * (1 + price.further * (made - 1))
    if price.given and model.image_field:
        units += price.given * max(price.given_least, inputs.pictures * taken)
    return units
