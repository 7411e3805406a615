"""Comparison of the stored facts about models with those that fal has now."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from infra.fal.model import Model
from infra.fal.models.catalogue import CatalogueError, build
from infra.fal.models.platform import Listed, Platform, today
from infra.fal.models.row import Row
from infra.fal.models.schema_check import check
from infra.fal.models.stored import Stored, UnitPrice

_SOURCE = "fal's Platform API"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What fal has now; `stored` is what to keep: the last known good facts, where fal's cannot be used.

    `faults` make the command fail, `news` do not.
    """

    endpoint: str
    stored: Stored
    faults: tuple[str, ...] = ()
    news: tuple[str, ...] = ()

    def __str__(self) -> str:
        result = "look" if self.faults else "changed" if self.news else "ok"
        lines = [f"{self.endpoint:52} {result}"]
        return "\n".join([*lines, *(f"    {line}" for line in (*self.faults, *self.news))])


async def refresh(platform: Platform, known: Sequence[tuple[Row, Stored]]) -> list[Refreshed]:
    """Ask fal about every model. Raises PlatformError if it does not answer; then nothing is kept."""
    endpoints = [row.endpoint for row, _ in known]
    listed, prices = await platform.models(endpoints), await platform.prices(endpoints)
    return [
        compare(row, stored, listed.get(row.endpoint), prices.get(row.endpoint))
        for row, stored in known
    ]


def compare(row: Row, stored: Stored, now: Listed | None, price: UnitPrice | None) -> Refreshed:
    """Compare what is stored of a model with what fal lists now; None: fal lists none."""
    if now is None:
        fault = "gone: fal lists no such model. Choose another in its place, and remove this one."
        return Refreshed(row.endpoint, replace(stored, status="gone"), (fault,))
    faults, news = find_price_changes(stored.price, price)
    if now.status != "active":
        fault = f"{now.status}: fal may stop it at any time. Choose another in its place."
        faults.insert(0, fault)
    fresh = replace(stored, status=now.status, price=price or stored.price, fetched=today())
    if now.input is None or now.output is None:
        faults.append(
            f"its schema cannot be read ({now.problem}); the last known one stays in use."
        )
        return Refreshed(row.endpoint, fresh, tuple(faults), tuple(news))
    newer = replace(fresh, input=now.input, output=now.output, source=_SOURCE)
    try:
        model = build(row, newer)
    except CatalogueError as error:
        faults.append(f"its new schema cannot be used: {error}; the last known one stays in use.")
        return Refreshed(row.endpoint, fresh, tuple(faults), tuple(news))
    # A model whose stored schema never fitted was not offered.
    with contextlib.suppress(CatalogueError):
        offered = build(row, stored)
        faults += [f"mismatch: {problem}" for problem in check(offered, now.input).problems]
        news += find_option_changes(offered, model)
    return Refreshed(row.endpoint, newer, tuple(faults), tuple(news))


def find_price_changes(before: UnitPrice, now: UnitPrice | None) -> tuple[list[str], list[str]]:
    """Return faults, a dearer or another unit, and news."""
    if now is None or now.unit_price is None:
        return [], ["fal gives no price: the last known one stays in use."]
    said = f"${now.unit_price:g} a unit ({now.unit})"
    if before.unit_price is None:
        return [], [f"the price is known now: {said}."]
    was = f"${before.unit_price:g} ({before.unit})"
    if (before.unit or "").rstrip("s").lower() != (now.unit or "").rstrip("s").lower():
        return [f"another unit: {said}, was {was}. Check the tiers of its price."], []
    if now.unit_price > before.unit_price:
        return [f"dearer: {said}, was {was}."], []
    return [], [f"cheaper: {said}, was {was}."] if now.unit_price < before.unit_price else []


def find_option_changes(before: Model, now: Model) -> Iterator[str]:
    for name in sorted({*before.options, *now.options}):
        old, new = before.choices(name), now.choices(name)
        if gone := [str(value) for value in old if value not in new]:
            yield f"{name}: no longer {', '.join(gone)}"
        if more := [str(value) for value in new if value not in old]:
            yield f"{name}: new {', '.join(more)}"
