import asyncio
import json
from collections.abc import Sequence

from infra.doctor.finding import Finding, Level, ok, problem, warning
from infra.doctor.report import in_json, in_words
from infra.doctor.runner import examine, has_problem
from tests.infra.doctor.conftest import Make


class Tap:
    """A fake check that fails until it is fixed."""

    def __init__(self, *, can_be_mended: bool = True) -> None:
        self.drips = True
        self._can_be_mended = can_be_mended

    async def look(self, _: object) -> Sequence[Finding]:
        return (
            [problem("It drips.", "Close it.", self.repair)] if self.drips else [ok("It is dry.")]
        )

    async def repair(self) -> None:
        if not self._can_be_mended:
            raise PermissionError("/a/path/with/a:secret@in-it")
        self.drips = False


async def test_hanging_or_failing_check_does_not_affect_the_others(make: Make) -> None:
    """A check that hangs or raises becomes a problem without its error's text, and the others are still reported."""

    async def hang(_: object) -> Sequence[Finding]:
        await asyncio.sleep(60)
        return []

    async def break_down(_: object) -> Sequence[Finding]:
        raise RuntimeError("redis://somebody:a-secret@host")

    async def look(_: object) -> Sequence[Finding]:
        return [ok("Fine.")]

    checks = {"hanging": hang, "broken": break_down, "whole": look}
    report = await examine(checks, make(), timeout_seconds=0.05)
    assert [[one.level for one in found] for found in report.values()] == [
        [Level.PROBLEM],
        [Level.PROBLEM],
        [Level.OK],
    ]
    assert "a-secret" not in in_words(report, coloured=False)


async def test_fix_is_applied_only_on_request_and_checked_again(make: Make) -> None:
    """A check changes nothing; `--fix` fixes what is safe and reports the state afterwards."""
    tap = Tap()
    assert has_problem(await examine({"tap": tap.look}, make()))
    assert not has_problem(await examine({"tap": tap.look}, make(), fix=True))
    assert not tap.drips


async def test_failed_fix_is_reported_with_advice(make: Make) -> None:
    """A failed fix leaves the problem, adds the kind of error and shows nothing of its text."""
    report = await examine({"tap": Tap(can_be_mended=False).look}, make(), fix=True)
    said = in_words(report, coloured=False)
    assert "The fix failed (PermissionError)" in said
    assert "Close it." in said
    assert "secret" not in said


def test_report_is_readable_as_text_and_as_json() -> None:
    """Each problem has one line for what and one for what to do; `--json` has the same."""
    report = {"tap": [warning("It drips a little.", "Close it.")], "light": [ok("It is on.")]}
    assert in_words(report, coloured=False).splitlines() == [
        "! tap    It drips a little.",
        "         → Close it.",
        "✓ light  It is on.",
        "",
        "Problems: 0, warnings: 1.",
    ]
    assert json.loads(in_json(report))["findings"] == [
        {
            "check": "tap",
            "level": "warning",
            "what": "It drips a little.",
            "to_do": "Close it.",
        },
        {"check": "light", "level": "ok", "what": "It is on."},
    ]
