from pathlib import Path

import pytest

from tests.bench.document import Run, replace, write
from tests.bench.result import Finding, Result, Table

_PAGE = """# Figures

<!-- bench:machine -->
<!-- /bench:machine -->

<!-- bench:felt -->
<!-- /bench:felt -->

<!-- bench:summary -->
<!-- /bench:summary -->

Prose.

<!-- bench:row-2 -->
old
<!-- /bench:row-2 -->

<!-- bench:row-10 -->
<!-- /bench:row-10 -->
"""


def _result(row: str, measured: str) -> Result:
    finding = Finding(what="time", measured=measured, reach="≤ 3 ms", met=False)
    return Result(
        row=row,
        title="A row",
        findings=[finding],
        tables=[Table(head=["what", "ms"], rows=[["time", measured]])],
        felt={"an answer after": measured},
    )


def test_run_replaces_its_measurements(tmp_path: Path) -> None:
    """Prose and other rows stay; the summary is in the rows' order."""
    page = tmp_path / "page.md"
    page.write_text(_PAGE)
    write([_result("10", "7 ms")], Run("then", "a slow machine"), page)
    write([_result("2", "4 ms")], Run("then", "a slow machine"), page)
    write([_result("2", "5 ms")], Run("now", "a fast machine"), page)
    text = page.read_text()
    assert "Prose." in text
    assert "old" not in text
    assert "a slow machine" not in text
    assert "a fast machine" in text
    assert text.index("| 2 | time | ≤ 3 ms | 5 ms | **no** |") < text.index("| 10 | time")
    assert "| 2 | an answer after | 5 ms |\n| 10 | an answer after | 7 ms |" in text
    assert text.count("| 2 |") == 2
    assert "| time | 7 ms |\n\n<sub>then</sub>" in text


def test_missing_marks_are_an_error() -> None:
    """A run of an hour must not lose its results."""
    with pytest.raises(ValueError, match="row-3"):
        replace(_PAGE, "row-3", "new")
