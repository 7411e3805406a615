"""Core pinning: the contestant has one core; Redis, the load and the fakes share the others."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

#: Of this process before it is pinned.
ALL = frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset[int]()


@dataclass(frozen=True)
class Cores:
    """Empty sets where nothing is pinned."""

    contestant: frozenset[int]
    others: frozenset[int]

    @property
    def both(self) -> frozenset[int]:
        return self.contestant | self.others

    def __str__(self) -> str:
        if self.contestant == self.others:
            return "everything on all cores"
        return "the measured program on one core; Redis, the load generator and the fakes on the others"


def assign() -> Cores:
    if len(ALL) < 2:
        return Cores(ALL, ALL)
    first = frozenset({min(ALL)})
    return Cores(first, ALL - first)


@contextmanager
def running_on(cores: frozenset[int]) -> Iterator[None]:
    """Run what is started here on these cores: a child inherits its parent's."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
