"""Models whose status or price at fal is no longer what this installation knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from infra.fal.model import Model
from infra.fal.models.platform import Platform

#: A price that moved by more than this part is worth a warning.
MOVED = 0.10
_ROUNDING = 1e-9


class DriftKind(StrEnum):
    GONE = "gone"
    DEPRECATED = "deprecated"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Drift:
    """`before` and `now` are dollars of a unit, 0 unless the price has moved."""

    endpoint: str
    kind: DriftKind
    before: float = 0
    now: float = 0

    def __str__(self) -> str:
        match self.kind:
            case DriftKind.GONE:
                return f"{self.endpoint} is gone"
            case DriftKind.DEPRECATED:
                return f"{self.endpoint} is deprecated"
            case DriftKind.PRICE:
                return f"{self.endpoint} costs ${self.now:g} a unit, was ${self.before:g}"


async def find_drift(platform: Platform, models: Mapping[str, Model]) -> tuple[Drift, ...]:
    """Ask fal about these models. Raises PlatformError."""
    listed = await platform.models([*models], with_schemas=False)
    prices = await platform.prices([*listed])
    found = []
    for endpoint, model in models.items():
        if endpoint not in listed:
            found.append(Drift(endpoint, DriftKind.GONE))
            continue
        if listed[endpoint].status != "active":
            found.append(Drift(endpoint, DriftKind.DEPRECATED))
        price, before = prices.get(endpoint), model.price.dollars
        if price and price.unit_price and before and has_moved(before, price.unit_price):
            found.append(Drift(endpoint, DriftKind.PRICE, before, price.unit_price))
    return tuple(found)


def has_moved(before: float, now: float) -> bool:
    return abs(now - before) > MOVED * before + _ROUNDING
