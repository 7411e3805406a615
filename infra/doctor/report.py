"""A report as text or as JSON."""

import json
from collections.abc import Iterator

from infra.doctor.finding import Finding, Level
from infra.doctor.runner import Report

_COLOURS = {Level.OK: "32", Level.WARNING: "33", Level.PROBLEM: "31"}
_MARKS = {Level.OK: "✓", Level.WARNING: "!", Level.PROBLEM: "✗"}


def in_words(report: Report, *, coloured: bool) -> str:
    return "\n".join(_lines(report, coloured=coloured))


def in_json(report: Report) -> str:
    findings = [
        {"check": name, "level": one.level, "what": one.what}
        | ({"to_do": one.to_do} if one.to_do else {})
        | ({"fixable": True} if one.fix else {})
        for name, found in report.items()
        for one in found
    ]
    return json.dumps({"findings": findings}, ensure_ascii=False, indent=2)


def _lines(report: Report, *, coloured: bool) -> Iterator[str]:
    width = max(map(len, report), default=0)
    for name, found in report.items():
        for one in found:
            yield f"{_mark(one.level, coloured=coloured)} {name:<{width}}  {one.what}"
            if one.to_do:
                yield f"  {'':<{width}}  → {one.to_do}{_hint(one)}"
    yield _summary(report)


def _mark(level: Level, *, coloured: bool) -> str:
    mark = _MARKS[level]
    return f"\x1b[{_COLOURS[level]}m{mark}\x1b[0m" if coloured else mark


def _hint(finding: Finding) -> str:
    return " (--fix does it)" if finding.fix else ""


def _summary(report: Report) -> str:
    levels = [one.level for found in report.values() for one in found]
    problems, warnings = levels.count(Level.PROBLEM), levels.count(Level.WARNING)
    if problems or warnings:
        return f"\nProblems: {problems}, warnings: {warnings}."
    return "\nNo problems."
