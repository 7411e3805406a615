"""Spoken words in the form that people write: digits, ratios, `--flags`. Pure.

A phrase that may be part of the description counts only between commas or full stops, as in a written line.
"""

import functools
import re

from worker.bot.options.prompt_flags import flag_names
from worker.bot.options.value_aliases import RATIOS, one_of, words

_START, _END = r"(?:^|(?<=[,.;]\s))", r"(?=\s*(?:[,.;]|$))"


def as_written(text: str) -> str:
    """Return a transcript as a line of text."""
    # Speech models end every line with a full stop, which is not part of a name or of an option.
    line = text.strip().rstrip(".… ")
    line = _flag().sub(r"--\g<name>", line)
    line = _ratio().sub(_join_ratio, line)
    line = _seconds().sub(lambda said: _digits(said["number"]), line)
    line = _pieces().sub(lambda said: f"{_digits(said['number'])} pcs", line)
    return _seed().sub(lambda said: f"seed {_digits(said['number'])}", line)


@functools.cache
def _numbers() -> dict[str, str]:
    """Return the digits of each number word."""
    pairs = (pair.partition("=") for pair in words("words-spoken-numbers"))
    return {word.strip(): digits.strip() for word, _, digits in pairs}


def _digits(number: str) -> str:
    return _numbers().get(number.lower(), number)


@functools.cache
def _number(name: str) -> str:
    return rf"(?P<{name}>\d{{1,40}}|{one_of(_numbers())})"


@functools.cache
def _flag() -> re.Pattern[str]:
    """Match «тире тире seed», and the marks that a model writes for it, with the space behind them."""
    dash = one_of(words("words-spoken-dash"))
    dashes = rf"(?:{dash})[\s,]+(?:{dash})|--|[—–]"
    return re.compile(
        rf"(?<!\S)(?:{dashes})[\s,]*(?P<name>{one_of(flag_names())})\b", re.IGNORECASE
    )


@functools.cache
def _ratio() -> re.Pattern[str]:
    by = one_of(words("words-spoken-by"))
    return re.compile(
        rf"\b{_number('width')}\s*(?:{by}|[xх×])\s*{_number('height')}{_END}", re.IGNORECASE
    )


def _join_ratio(said: re.Match[str]) -> str:
    ratio = f"{_digits(said['width'])}:{_digits(said['height'])}"
    return ratio if ratio in RATIOS else said[0]


@functools.cache
def _seconds() -> re.Pattern[str]:
    nouns = one_of(words("words-seconds"))
    return re.compile(rf"\b(?P<number>{one_of(_numbers())})(?=\s+(?:{nouns})\b)", re.IGNORECASE)


@functools.cache
def _pieces() -> re.Pattern[str]:
    nouns = one_of(words("words-spoken-pieces"))
    return re.compile(rf"{_START}{_number('number')}\s+(?:{nouns}){_END}", re.IGNORECASE)


@functools.cache
def _seed() -> re.Pattern[str]:
    names = one_of(words("words-spoken-seed"))
    return re.compile(rf"{_START}(?:{names})\s+{_number('number')}{_END}", re.IGNORECASE)
