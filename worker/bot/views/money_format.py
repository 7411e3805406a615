"""Estimated prices of orders, and labels with prices."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from infra.fal.model import Model
from infra.fal.models.catalogue import MODELS
from infra.fal.prices import Inputs, estimate
from infra.i18n import Phrases
from infra.images.outpaint import DEFAULT_SIZE, Margins, margins, reduced
from infra.money import money
from worker.model import Options, Picture, Request

# The pixels of a picture of unknown size.
_UNKNOWN = 1_000_000
_UNKNOWN_SIZE = (1000, 1000)
# Frames a second of a video that was not measured.
_RATE = 30


def price(
    model: Model, options: Options, pictures: Iterable[Picture] = (), *, unknown: float
) -> float:
    """Estimate the price of an order, in dollars; `unknown` is what one counts whose price is not known."""
    known = known_price(model, options, pictures)
    return unknown if known is None else known


def known_price(model: Model, options: Options, pictures: Iterable[Picture] = ()) -> float | None:
    """Estimate the price of an order, in dollars; a picture of unknown size counts as one megapixel."""
    return estimate(model, options, _inputs(model, options, [*pictures]))


def _inputs(model: Model, options: Options, pictures: Sequence[Picture]) -> Inputs:
    pixels = max((picture.pixels or _UNKNOWN for picture in pictures), default=_UNKNOWN)
    inputs = Inputs(pixels / 1_000_000, max(1, len(pictures)))
    first = pictures[0] if pictures else Picture()
    if first.seconds:
        frames = first.frames or round(first.seconds * _RATE)
        inputs = replace(inputs, seconds=first.seconds, frames=frames)
    if model.max_margin:
        size = str(options.get("size", DEFAULT_SIZE))
        width, height = reduced(size, *(first.size or _UNKNOWN_SIZE), model.max_margin)
        whole = (margins(size, width, height) or Margins()).around(width, height)
        given, made = width * height / 1_000_000, whole[0] * whole[1] / 1_000_000
        inputs = replace(inputs, megapixels=given, made=made)
    return inputs


def repeated(request: Request, unknown: float | None = None) -> float | None:
    """Estimate the price of the same order again; None if its model is no longer in the table."""
    row = MODELS.get(request.model)
    known = known_price(row, request.options, request.pictures) if row else None
    return unknown if row and known is None else known


def priced(t: Phrases, label: str, dollars: float | None) -> str:
    """Add the price to the label of a button that spends, or that changes what the order costs."""
    return label if dollars is None else t.plain("priced", label=label, cost=money(t, dollars))


def says_price(t: Phrases, label: str, dollars: float) -> bool:
    """Tell whether the label shows this price."""
    return label == priced(t, label.partition(" · ")[0], dollars)


def price_seen(t: Phrases, label: str, dollars: float) -> float:
    """Return the price if the label of the pressed button shows it: the user agreed to it. Else 0."""
    return dollars if says_price(t, label, dollars) else 0
