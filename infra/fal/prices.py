"""What a request will cost, before it is sent: an estimate by the table's prices."""

import math
from collections.abc import Mapping

from infra.fal.model import Model, Unit, Value

# fal counts by 1024 × 1024, and every part of one as a whole.
_MEGAPIXEL = 1.048576
_USUAL_SECONDS = 8


def estimate(model: Model, options: Mapping[str, Value], *, megapixels: float = 1) -> float:
    """US dollars; `megapixels` is the size of the picture that it starts from, if it does."""
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
    # Left to the model: what it takes by itself is not in the table, its longest is on the safe side.
    longest = max(map(int, model.choices("duration")), default=_USUAL_SECONDS)
    return int(options.get("duration", longest))


def _megapixels(model: Model, options: Mapping[str, Value], given: float) -> int:
    scale = int(options.get("scale", min(map(int, model.choices("scale")), default=1)))
    made = model.megapixels.get(options.get("size", ""), min(given, model.bounds.max_megapixels))
    return max(1, math.ceil(made * scale**2 / _MEGAPIXEL))
