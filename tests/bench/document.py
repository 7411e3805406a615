"""docs/performance.md: its prose stays, the parts between its marks are measured."""

import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.cores import Cores
from tests.bench.costs import COSTS, keep
from tests.bench.reference import reference
from tests.bench.result import Finding, Result
from tests.bench.svg import draw
from tests.processes import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
IMAGES = ROOT / "docs" / "images" / "performance"
_FELT = ["| # | what | |", "|--:|---|--:|"]
_SUMMARY = ["| # | what | target | measured | met |", "|--:|---|---|---|---|"]
_SIGNS = {True: "yes", False: "**no**", None: ""}


@dataclass(frozen=True)
class Run:
    """When, by which command and on what machine, without names and paths."""

    date: str
    machine: str

    @classmethod
    def describe(cls, command: str, cores: Cores) -> "Run":
        date, pace = f"{datetime.now(UTC):%Y-%m-%d}", f"{reference() * 1000:.0f} ms"
        machine = (
            f"`{command}`, {date}: {len(cores.both)} × {_cpu_model()}, Python"
            f" {platform.python_version()}; {cores}. The reference, a fixed loop of Python and zlib on"
            f" one core, takes this machine {pace}."
        )
        return cls(f"{date}, reference {pace}", machine)


def write(results: Sequence[Result], run: Run, document: Path = DOCUMENT) -> None:
    """Write the measurements to their places; rows that were not measured stay."""
    text = replace(document.read_text(), "machine", run.machine)
    for result in results:
        text = replace(text, f"row-{result.row}", section(result, run))
        text = _merge(text, "felt", _FELT, result.row, result.felt.items())
        text = _merge(text, "summary", _SUMMARY, result.row, map(_cells, result.findings))
        for chart in result.charts:
            IMAGES.mkdir(parents=True, exist_ok=True)
            (IMAGES / f"{chart.name}.svg").write_text(draw(chart))
        keep(result.costs, document.with_name(COSTS))
    document.write_text(text)


def replace(text: str, name: str, content: str) -> str:
    """Replace the text between two marks; raise ValueError without them."""
    begin, end = _marks(name)
    before, begun, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise ValueError(f"the marks of {name} are not in the document")
    return f"{before}{begin}{content}\n{end}{after}"


def section(result: Result, run: Run) -> str:
    charts = [f"![{chart.title}](images/performance/{chart.name}.svg)" for chart in result.charts]
    tables = [table.markdown() for table in result.tables]
    return "\n\n".join([*tables, *charts, *result.notes, f"<sub>{run.date}</sub>"])


def _cells(item: Finding) -> tuple[str, ...]:
    return item.what, item.reach, item.measured, _SIGNS[item.met]


def _merge(
    text: str, name: str, head: list[str], row: str, cells: Iterable[tuple[str, ...]]
) -> str:
    """Replace the lines of one row in a table of several, which is in the order of their numbers."""
    lines = [f"| {row} | {' | '.join(one)} |" for one in cells]
    begin, end = _marks(name)
    table = text.partition(begin)[2].partition(end)[0]
    known = [
        line
        for line in table.splitlines()
        if line.startswith("| ") and not line.startswith((f"| {row} |", "| # |"))
    ]
    every = sorted([*known, *lines], key=lambda line: int(line.split("|")[1]))
    return replace(text, name, "\n".join([*head, *every]))


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- bench:{name} -->\n", f"<!-- /bench:{name} -->"


def _cpu_model() -> str:
    information = Path("/proc/cpuinfo")
    found = (
        re.search(r"model name\s*: (.+)", information.read_text()) if information.exists() else None
    )
    return found[1].strip() if found else platform.machine()
