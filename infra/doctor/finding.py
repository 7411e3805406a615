"""A check's finding: its level, what was found, and what to do about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


#: Repairs the finding; raises if it cannot.
type Fix = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Finding:
    """One line each for `what` and `to_do`, without secrets. `fix` does it automatically, where that is safe."""

    level: Level
    what: str
    to_do: str = ""
    fix: Fix | None = field(default=None, repr=False, compare=False)


def ok(what: str, to_do: str = "") -> Finding:
    return Finding(Level.OK, what, to_do)


def warning(what: str, to_do: str, fix: Fix | None = None) -> Finding:
    return Finding(Level.WARNING, what, to_do, fix)


def problem(what: str, to_do: str, fix: Fix | None = None) -> Finding:
    return Finding(Level.PROBLEM, what, to_do, fix)
