"""A report as text or as JSON."""

import json

from infra.doctor.finding import Level
from infra.doctor.runner import Report

_COLOURS = {Level.OK: "32", Level.WARNING: "33", Level.PROBLEM: "31"}
_MARKS = {Level.OK: "✓", Level.WARNING: "!", Level.PROBLEM: "✗"}


def in_words(report: Report, *, coloured: bool) -> str:
    width = max(map(len, report), default=0)
    lines = []
    for name, found in report.items():
        for one in found:
            mark = _MARKS[one.level]
            if coloured:
                mark = f"\x1b[{_COLOURS[one.level]}m{mark}\x1b[0m"
            lines.append(f"{mark} {name:<{width}}  {one.what}")
            if one.to_do:
                hint = " (--fix does it)" if one.fix else ""
                lines.append(f"  {'':<{width}}  → {one.to_do}{hint}")
    levels = [one.level for found in report.values() for one in found]
    problems, warnings = levels.count(Level.PROBLEM), levels.count(Level.WARNING)
    is_clean = not problems and not warnings
    lines += ["", "No problems." if is_clean else f"Problems: {problems}, warnings: {warnings}."]
    return "\n".join(lines)


def in_json(report: Report) -> str:
    findings = [
        {"check": name, "level": one.level, "what": one.what}
        | ({"to_do": one.to_do} if one.to_do else {})
        | ({"fixable": True} if one.fix else {})
        for name, found in report.items()
        for one in found
    ]
    return json.dumps({"findings": findings}, ensure_ascii=False, indent=2)
