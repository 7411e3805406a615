"""Runs all checks concurrently, each with a time limit; with --fix it repairs findings and checks again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from infra.doctor.finding import Finding, Level, problem
from infra.errors import DarkroomError
from infra.settings import Settings

type Check = Callable[[Settings], Awaitable[Sequence[Finding]]]

#: Findings by check, in the checks' order.
type Report = Mapping[str, Sequence[Finding]]


async def examine(
    checks: Mapping[str, Check],
    settings: Settings,
    *,
    fix: bool = False,
    timeout_seconds: float = 20,
) -> Report:
    """Run the checks, each with `timeout_seconds` seconds. One that raises becomes a problem; the others still run."""
    found = await asyncio.gather(
        *(
            _run(check, settings, fix=fix, timeout_seconds=timeout_seconds)
            for check in checks.values()
        )
    )
    return dict(zip(checks, found, strict=True))


def has_problem(report: Report) -> bool:
    return any(one.level is Level.PROBLEM for findings in report.values() for one in findings)


async def _run(
    check: Check, settings: Settings, *, fix: bool, timeout_seconds: float
) -> Sequence[Finding]:
    found = await ask_within(check, settings, timeout_seconds)
    if not fix or not any(one.fix for one in found):
        return found
    failures = []
    for one in found:
        if one.fix:
            try:
                await one.fix()
            except DarkroomError as error:
                failures.append(problem(f"The fix failed: {error}", one.to_do))
            except Exception as error:  # noqa: BLE001 - reported by type only: its text may contain a URL with a password
                failures.append(problem(f"The fix failed ({type(error).__name__}).", one.to_do))
    return [*await ask_within(check, settings, timeout_seconds), *failures]


async def ask_within(check: Check, settings: Settings, timeout_seconds: float) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(timeout_seconds):
            return await check(settings)
    except TimeoutError:
        return [problem(f"No answer within {timeout_seconds:g} seconds.", "Check the network.")]
    except Exception as error:  # noqa: BLE001 - a check that raises must not hide the others' findings
        name = type(error).__name__
        return [problem(f"The check failed ({name}).", "Report this: it is a bug.")]
