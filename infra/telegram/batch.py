"""The members of a JSON list as bytes, found without parsing them: one that cannot be parsed spoils no other.

Time and memory grow with the body alone, however deep it is nested and however long its numbers are.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# All up to the next bracket that stands in no string. Possessive, so that a cut body is found out in one pass.
_BRACKET = re.compile(
    rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{}]*+)*+([\[\]{}])', re.DOTALL
)
_BETWEEN = b" \t\r\n,"
# A member's own end stands in so many brackets.
_DEEPEST = 3


class Batch(NamedTuple):
    """`envelope` is the body with an empty list."""

    envelope: bytes
    members: list[bytes]


class _Step(NamedTuple):
    """A bracket, in how many others it stands, and what comes before it."""

    bracket: bytes
    depth: int
    before: bytes
    end: int


def split(body: bytes, name: str) -> Batch | None:
    """Split the list under this name of an object; None: there is none, or the body is not whole."""
    is_named = re.compile(rb'"%b"\s*:\s*$' % name.encode()).search
    members: list[bytes] = []
    opened = closed = begun = 0
    for step in _steps(body):
        if not opened:
            if step.depth == 1 and step.bracket == b"[" and is_named(step.before):
                opened = step.end
        elif not closed and step.depth == 2:
            # Whatever is neither an object nor a list.
            members += filter(None, [step.before.strip(_BETWEEN)])
            begun = step.end - 1
            closed = begun if step.bracket == b"]" else 0
        elif not closed and step.depth == 3 and step.bracket in b"]}":
            members.append(body[begun : step.end])
        elif closed and step.depth == 1 and step.bracket == b"}":
            is_whole = not body[step.end :].strip()
            return Batch(body[:opened] + body[closed:], members) if is_whole else None
    return None


def find_number(body: bytes, name: str) -> int | None:
    """A whole number under this name of an object that may be unreadable otherwise."""
    find = re.compile(rb'"%b"\s*:\s*(\d{1,18})\s*(?:,|$)' % name.encode()).search
    for step in _steps(body):
        if step.depth == 1 and (found := find(step.before)):
            return int(found[1])
    return None


def _steps(body: bytes) -> Iterator[_Step]:
    """The outer brackets; what is deeper is passed over."""
    depth = start = 0
    while match := _BRACKET.match(body, start):
        bracket, end = match[1], match.end()
        if depth <= _DEEPEST:
            yield _Step(bracket, depth, body[start : end - 1], end)
        depth += 1 if bracket in b"[{" else -1
        start = end
        if depth == 0:
            return
