"""Percentiles and spreads of measurements."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that is not less than `share` (0 to 1) of all; nan of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


@dataclass(frozen=True)
class Spread:
    """One figure, measured several times."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(statistics.median(values), min(values), max(values))

    def show(self, decimals: int = 0) -> str:
        if self.low == self.high:
            return number(self.median, decimals)
        low, high = number(self.low, decimals), number(self.high, decimals)
        return f"{number(self.median, decimals)} ({low}–{high})"


def number(value: float, decimals: int = 0) -> str:
    return "–" if math.isnan(value) else f"{value:,.{decimals}f}"


def milliseconds(seconds: float, decimals: int = 1) -> str:
    return f"{number(seconds * 1000, decimals)} ms"


def mebibytes(count: float) -> str:
    return f"{number(count / 2**20)} MB"
