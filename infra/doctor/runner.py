"""All checks at once, each within its time; what may be mended is mended and looked at again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from infra.doctor.finding import Finding, Level, problem
from infra.errors import DarkroomError
from infra.settings import Settings

type Check = Callable[[Settings], Awaitable[Sequence[Finding]]]

#: What each check has found, in the checks' order.
type Report = Mapping[str, Sequence[Finding]]


async def examine(
    checks: Mapping[str, Check], settings: Settings, *, fix: bool = False, patience: float = 20
) -> Report:
    """Each check has `patience` seconds; one that breaks is a problem, and costs the others nothing."""
    found = await asyncio.gather(
        *(_look(check, settings, fix=fix, patience=patience) for check in checks.values())
    )
    return dict(zip(checks, found, strict=True))


def has_problem(report: Report) -> bool:
    return any(one.level is Level.PROBLEM for findings in report.values() for one in findings)


async def _look(
    check: Check, settings: Settings, *, fix: bool, patience: float
) -> Sequence[Finding]:
    found = await _ask(check, settings, patience)
    fixable = [one for one in found if one.fix]
    if not fix or not fixable:
        return found
    failures = [failure for one in fixable if (failure := await _mend(one))]
    return [*await _ask(check, settings, patience), *failures]


async def _ask(check: Check, settings: Settings, patience: float) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(patience):
            return await check(settings)
    except TimeoutError:
        return [problem(f"No answer within {patience:g} seconds.", "Look at the network.")]
    except Exception as error:  # noqa: BLE001 - a check that breaks must not hide what the others see
        name = type(error).__name__
        return [problem(f"It could not be looked at ({name}).", "Report this: it is a mistake.")]


async def _mend(finding: Finding) -> Finding | None:
    assert finding.fix  # noqa: S101 - for the type checker: the caller has chosen those that have one
    try:
        await finding.fix()
    except DarkroomError as error:
        return problem(f"It could not be mended: {error}", finding.to_do)
    except Exception as error:  # noqa: BLE001 - the same: what it says may hold an address with a password
        return problem(f"It could not be mended ({type(error).__name__}).", finding.to_do)
    return None
