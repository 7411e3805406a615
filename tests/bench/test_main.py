import pytest

from tests.bench import __main__ as bench
from tests.bench.cores import Cores
from tests.bench.result import Result
from tests.bench.stage import Bench

_BENCH = Bench(1, 1.0, Cores(frozenset(), frozenset()), "python", is_quick=True)


async def test_run_goes_on_after_a_row_that_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other rows are measured, and the names of those to repeat are returned."""

    async def fails(_: Bench) -> list[Result]:
        raise AssertionError("jobs are still active")

    async def measures(_: Bench) -> list[Result]:
        return [Result(row="2", title="A row", findings=[], tables=[])]

    monkeypatch.setattr(bench, "ROWS", {"first": fails, "second": measures})
    assert await bench._measure(_BENCH, ["first", "second"], None) == ["first"]  # noqa: SLF001 - the run without its process
    said = capsys.readouterr().out
    assert "jobs are still active" in said
    assert "2 of 2: second" in said
    assert "== 2. A row" in said
