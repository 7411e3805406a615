"""Estimate of a request's price from the prices of the model table."""

import math
from collections.abc import Mapping

from infra.fal.model import Model, Unit, Value

# fal bills units of 1024 × 1024 pixels, rounded up.
_MEGAPIXEL = 1.048576
_USUAL_SECONDS = 8


def estimate(model: Model, options: Mapping[str, Value], *, megapixels: float = 1) -> float:
    """Return US dollars. `megapixels` is the size of the input image, if there is one."""
    return round(model.price.dollars * _units(model, options, megapixels), 6)


def _units(model: Model, options: Mapping[str, Value], megapixels: float) -> float:
    count = int(options.get("count", 1))
    match model.price.unit:
        case Unit.SECOND:
            return _seconds(model, options)
        case Unit.IMAGE:
            return count
        case Unit.MEGAPIXEL:
            return count * _megapixels(model, options, megapixels)


def _seconds(model: Model, options: Mapping[str, Value]) -> int:
    # Without a duration the model uses its default, which is not in the table; the longest is a safe estimate.
    longest = max(map(int, model.choices("duration")), default=_USUAL_SECONDS)
    return int(options.get("duration", longest))


def _megapixels(model: Model, options: Mapping[str, Value], given: float) -> int:
    scale = int(options.get("scale", min(map(int, model.choices("scale")), default=1)))
    made = model.megapixels.get(options.get("size", ""), min(given, model.bounds.max_megapixels))
    return max(1, math.ceil(made * scale**2 / _MEGAPIXEL))
