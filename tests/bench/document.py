"""docs/performance.md: its prose stays, the parts between its marks are measured."""

import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.cores import Cores
from tests.bench.costs import COSTS, keep
from tests.bench.result import Result
from tests.bench.svg import draw
from tests.processes import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
IMAGES = ROOT / "docs" / "images" / "performance"
_SIGNS = {True: "yes", False: "**no**", None: ""}


def write(results: Sequence[Result], measured: str, document: Path = DOCUMENT) -> None:
    """Write the measurements to their places; rows that were not measured stay."""
    text = document.read_text()
    for result in results:
        text = replace(text, f"row-{result.row}", section(result, measured))
        text = _replace_findings(text, result)
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


def section(result: Result, measured: str) -> str:
    charts = [f"![{chart.title}](images/performance/{chart.name}.svg)" for chart in result.charts]
    tables = [table.markdown() for table in result.tables]
    return "\n\n".join([*tables, *charts, *result.notes, f"<sub>{measured}</sub>"])


def _replace_findings(text: str, result: Result) -> str:
    """Replace the summary: one line for each target."""
    lines = [
        f"| {result.row} | {item.what} | {item.reach} | {item.measured} | {_SIGNS[item.met]} |"
        for item in result.findings
    ]
    head = ["| # | what | target | measured | met |", "|--:|---|---|---|---|"]
    begin, end = _marks("summary")
    summary = text.partition(begin)[2].partition(end)[0]
    known = [
        line
        for line in summary.splitlines()
        if line.startswith("| ") and not line.startswith((f"| {result.row} |", "| # |"))
    ]
    every = sorted([*known, *lines], key=lambda line: int(line.split("|")[1]))
    return replace(text, "summary", "\n".join([*head, *every]))


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- bench:{name} -->\n", f"<!-- /bench:{name} -->"


def describe(command: str, cores: Cores) -> str:
    """When, by which command and on what machine; without names and paths."""
    model = _cpu_model()
    python = platform.python_version()
    date = f"{datetime.now(UTC):%Y-%m-%d}"
    return f"`{command}`, {date}; {len(cores.both)} × {model}, Python {python}; {cores}."


def _cpu_model() -> str:
    information = Path("/proc/cpuinfo")
    found = (
        re.search(r"model name\s*: (.+)", information.read_text()) if information.exists() else None
    )
    return found[1].strip() if found else platform.machine()
