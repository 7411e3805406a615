import asyncio
import json
from collections.abc import Sequence

from infra.doctor.finding import Finding, Level, ok, problem, warning
from infra.doctor.report import in_json, in_words
from infra.doctor.runner import examine, has_problem
from tests.infra.doctor.conftest import Make


class Tap:
    """Something that drips until it is mended."""

    def __init__(self, *, can_be_mended: bool = True) -> None:
        self.drips = True
        self._can_be_mended = can_be_mended

    async def look(self, _: object) -> Sequence[Finding]:
        return [problem("It drips.", "Close it.", self.mend)] if self.drips else [ok("It is dry.")]

    async def mend(self) -> None:
        if not self._can_be_mended:
            raise PermissionError("/a/path/with/a:secret@in-it")
        self.drips = False


async def test_a_check_that_hangs_or_breaks_costs_the_others_nothing(make: Make) -> None:
    """What the others see is said, and the broken ones are problems of their own, without what an error says."""

    async def hang(_: object) -> Sequence[Finding]:
        await asyncio.sleep(60)
        return []

    async def break_down(_: object) -> Sequence[Finding]:
        raise RuntimeError("redis://somebody:a-secret@host")

    async def look(_: object) -> Sequence[Finding]:
        return [ok("Fine.")]

    checks = {"hanging": hang, "broken": break_down, "whole": look}
    report = await examine(checks, make(), patience=0.05)
    assert [[one.level for one in found] for found in report.values()] == [
        [Level.PROBLEM],
        [Level.PROBLEM],
        [Level.OK],
    ]
    assert "a-secret" not in in_words(report, coloured=False)


async def test_what_is_safe_is_mended_only_when_asked_and_looked_at_again(make: Make) -> None:
    """Looking changes nothing; `--fix` reports how it stands afterwards."""
    tap = Tap()
    assert has_problem(await examine({"tap": tap.look}, make()))
    assert not has_problem(await examine({"tap": tap.look}, make(), fix=True))
    assert not tap.drips


async def test_what_cannot_be_mended_is_said_with_what_to_do(make: Make) -> None:
    """A fix that fails leaves the problem, adds why, and shows nothing of where it failed."""
    report = await examine({"tap": Tap(can_be_mended=False).look}, make(), fix=True)
    said = in_words(report, coloured=False)
    assert "The fix failed (PermissionError)" in said
    assert "Close it." in said
    assert "secret" not in said


def test_a_report_is_readable_by_users_and_by_machines() -> None:
    """One line what, one line what to do; the same as JSON."""
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
