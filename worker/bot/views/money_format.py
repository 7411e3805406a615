"""Estimated prices of orders, and labels with prices."""

from collections.abc import Iterable

from infra.fal.model import Model
from infra.fal.models.catalogue import MODELS
from infra.fal.prices import estimate
from infra.i18n import Phrases
from infra.money import money
from worker.model import Options, Picture, Request

# The pixels of a picture of unknown size.
_UNKNOWN = 1_000_000


def price(model: Model, options: Options, pictures: Iterable[Picture] = ()) -> float:
    """Estimate the price of an order, in dollars; one that is not known counts as the operator's setting says."""
    known = known_price(model, options, pictures)
    return MODELS.unknown_dollars if known is None else known


def known_price(model: Model, options: Options, pictures: Iterable[Picture] = ()) -> float | None:
    """Estimate the price of an order, in dollars; a picture of unknown size counts as one megapixel."""
    sizes = [picture.pixels or _UNKNOWN for picture in pictures]
    pixels = max(sizes, default=_UNKNOWN)
    return estimate(model, options, megapixels=pixels / 1_000_000, pictures=max(1, len(sizes)))


def repeated(request: Request) -> float | None:
    """Estimate the price of the same order again; None if its model is no longer in the table."""
    row = MODELS.get(request.model)
    return price(row, request.options, request.pictures) if row else None


def priced(t: Phrases, label: str, dollars: float | None) -> str:
    """Add the price to the label of a button that spends, or that changes what the order costs."""
    return label if dollars is None else t.plain("priced", label=label, cost=money(t, dollars))


def says_price(t: Phrases, label: str, dollars: float) -> bool:
    """Tell whether the label shows this price."""
    return label == priced(t, label.partition(" · ")[0], dollars)
