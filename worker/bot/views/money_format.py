"""What an order is expected to cost."""

from collections.abc import Iterable

from infra.fal.model import Model
from infra.fal.models_map import MODELS
from infra.fal.prices import estimate
from infra.i18n import Phrases
from infra.money import money
from worker.model import Options, Picture, Request

# Pixels.
_UNKNOWN = 1_000_000


def price(model: Model, options: Options, pictures: Iterable[Picture] = ()) -> float:
    """What an order is expected to cost, in dollars; a picture of unknown size is taken for one megapixel."""
    pixels = max((picture.pixels or _UNKNOWN for picture in pictures), default=_UNKNOWN)
    return estimate(model, options, megapixels=pixels / 1_000_000)


def repeated(request: Request) -> float | None:
    """What it costs to do the same again; None when its model has left the table."""
    row = MODELS.get(request.model)
    return price(row, request.options, request.pictures) if row else None


def priced(say: Phrases, label: str, dollars: float | None) -> str:
    """A button that spends says how much."""
    return label if dollars is None else say.plain("priced", label=label, cost=money(say, dollars))


def says_price(say: Phrases, label: str, dollars: float) -> bool:
    """Whether a button says what pressing it costs."""
    return label == priced(say, label.partition(" · ")[0], dollars)
