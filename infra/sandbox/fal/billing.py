"""Billable units of a result, by the unit of its model's price."""

import math
import re
from dataclasses import dataclass

from infra.sandbox.fal import tariffs
from infra.sandbox.fal.catalog import Model
from infra.sandbox.fal.order_reader import Fields
from infra.sandbox.fal.orders import Size
from infra.sandbox.fal.sizes import MEGAPIXEL
from infra.sandbox.fal.tariffs import Tariff

# Frames a second that the video models make; an upscaled video keeps its own.
_RATE = 24
_PIXELS_PER_TOKEN = 1024
# Seconds of a GPU: for the model itself, and for each megapixel.
_COMPUTE, _COMPUTE_PER_MEGAPIXEL = 0.4, 0.35
_DIGITS = 6


@dataclass(frozen=True)
class Measured:
    """A result: images made from source images, or the pixels of a frame and the seconds of a video."""

    images: tuple[Size, ...] = ()
    sources: tuple[Size, ...] = ()
    pixels: int = 0
    seconds: float = 0
    rate: float = _RATE

    def megapixels(self, tariff: Tariff) -> float:
        """Each image is rounded up; a video has all its frames."""
        made = sum(1 + tariff.further * (_whole(size) - 1) for size in self.images)
        given = max(tariff.given_least, sum(map(_whole, self.sources))) if self.sources else 0
        return made + tariff.given * given + self.pixels * self.seconds * self.rate / MEGAPIXEL

    @property
    def tokens(self) -> float:
        return self.pixels * self.seconds * _RATE / _PIXELS_PER_TOKEN


def count(model: Model, fields: Fields, made: Measured) -> float:
    """Return the units that fal bills for a result. A unit is free text, such as `1m tokens` or `10 seconds`."""
    tariff = tariffs.find(model.endpoint)
    size = made.images[0] if made.images else None
    units = _plain(model.unit.lower(), fields, made, tariff) * tariff.units(fields, size)
    return round(units, _DIGITS)


def _plain(unit: str, fields: Fields, made: Measured, tariff: Tariff) -> float:
    megapixels = made.megapixels(tariff)
    amounts = {
        "token": made.tokens,
        "megapixel": megapixels,
        "compute": _COMPUTE + _COMPUTE_PER_MEGAPIXEL * megapixels,
        "second": made.seconds,
        "minute": made.seconds / 60,
        "character": len(fields.text("prompt")),
    }
    results = len(made.images) or 1
    amount = next((amount for word, amount in amounts.items() if word in unit), results)
    return amount / _size_of(unit)


def _whole(size: Size) -> int:
    return max(1, math.ceil(size[0] * size[1] / MEGAPIXEL))


def _size_of(unit: str) -> float:
    """Return how many make one unit: 1000 of `1000 tokens`, a million of `1m tokens`."""
    found = re.match(r"(\d+)\s*([km]?)\b", unit)
    return int(found[1]) * {"": 1, "k": 1000, "m": 1_000_000}[found[2]] if found else 1
