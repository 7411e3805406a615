"""The findings of a row, as printed, saved and written into the document."""

from typing import Literal

from pydantic import BaseModel


class Finding(BaseModel):
    """One line of the summary: a target and its measurement. `met` is None without a target."""

    what: str
    measured: str
    reach: str = ""
    met: bool | None = None


class Bar(BaseModel):
    label: str
    value: float
    low: float
    high: float


class Curve(BaseModel):
    label: str
    points: list[tuple[float, float]]


class Chart(BaseModel):
    """Bars are next to each other; curves share both axes, and the lower one may be logarithmic."""

    name: str
    title: str
    unit: str
    bars: list[Bar] = []
    curves: list[Curve] = []
    across: str = ""
    scale: Literal["linear", "log"] = "linear"
    limit: float | None = None


class Table(BaseModel):
    head: list[str]
    rows: list[list[str]]

    def markdown(self) -> str:
        ruler = ["---", *["--:"] * (len(self.head) - 1)]
        return "\n".join("| " + " | ".join(line) + " |" for line in (self.head, ruler, *self.rows))


class Result(BaseModel):
    row: str
    title: str
    findings: list[Finding]
    tables: list[Table]
    charts: list[Chart] = []
    notes: list[str] = []
    #: By the names and in the units of `tests.bench.costs`.
    costs: dict[str, float] = {}
    #: What a user notices, and how much of it; the READMEs repeat some.
    felt: dict[str, str] = {}


_MARKS = {True: "met", False: "NOT MET", None: ""}


def lines(result: Result) -> list[str]:
    """Format for a terminal."""
    return [
        f"== {result.row}. {result.title}",
        *(line for table in result.tables for line in _aligned(table)),
        *map(_line, result.findings),
        *(f"   {note}" for note in result.notes),
    ]


def _aligned(table: Table) -> list[str]:
    rows = [table.head, *table.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _line(item: Finding) -> str:
    reach = f"  [{item.reach}]" if item.reach else ""
    return f"   {item.what}: {item.measured}{reach} {_MARKS[item.met]}".rstrip()
