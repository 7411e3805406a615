"""Splitting of a JSON list into its members as bytes, without parsing them, so that one invalid member spoils no other.

Time and memory are linear in the body's size, for any nesting and any length of numbers.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# Everything up to the next bracket outside a string. Possessive, so that a truncated body is detected in one pass.
_BRACKET = re.compile(
    rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{}]*+)*+([\[\]{}])', re.DOTALL
)
_BETWEEN = b" \t\r\n,"
# Nesting depth of the bracket that ends a member.
_DEEPEST = 3


class Batch(NamedTuple):
    """`envelope` is the body with the list emptied."""

    envelope: bytes
    members: list[bytes]


class _Step(NamedTuple):
    """A bracket, its nesting depth, and the bytes before it."""

    bracket: bytes
    depth: int
    before: bytes
    end: int


def split(body: bytes, name: str) -> Batch | None:
    """Split the list under this name of an object; None if there is none or the body is incomplete."""
    is_named = re.compile(rb'"%b"\s*:\s*$' % name.encode()).search
    members: list[bytes] = []
    opened = closed = begun = 0
    for step in outer_brackets(body):
        if not opened:
            if step.depth == 1 and step.bracket == b"[" and is_named(step.before):
                opened = step.end
        elif not closed and step.depth == 2:
            # A member that is neither an object nor a list.
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
    """Find an integer under this name of an object that may be invalid otherwise."""
    find = re.compile(rb'"%b"\s*:\s*(\d{1,18})\s*(?:,|$)' % name.encode()).search
    for step in outer_brackets(body):
        if step.depth == 1 and (found := find(step.before)):
            return int(found[1])
    return None


def outer_brackets(body: bytes) -> Iterator[_Step]:
    """Yield the outer brackets; deeper ones are skipped."""
    depth = start = 0
    while match := _BRACKET.match(body, start):
        bracket, end = match[1], match.end()
        if depth <= _DEEPEST:
            yield _Step(bracket, depth, body[start : end - 1], end)
        depth += 1 if bracket in b"[{" else -1
        start = end
        if depth == 0:
            return
