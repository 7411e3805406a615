"""Spoken words in written form: digits, ratios, `--flags`. Pure.

A phrase that may be part of the description counts only between commas or full stops, as in a written line.
"""

import functools
import re
from typing import NamedTuple

from worker.bot.options.prompt_flags import flag_names
from worker.bot.options.value_aliases import RATIOS, one_of, words

_START, _END = r"(?:^|(?<=[,.;]\s))", r"(?=\s*(?:[,.;]|$))"


def as_written(text: str) -> str:
    """Return a transcript as a line of text."""
    # Speech models end every line with a full stop, which is not part of a name or of an option.
    line, said = text.strip().rstrip(".… "), patterns()
    line = said.flag.sub(r"--\g<name>", line)
    line = said.ratio.sub(join_ratio, line)
    line = said.seconds.sub(lambda found: digits(found["number"]), line)
    line = said.pieces.sub(lambda found: f"{digits(found['number'])} pcs", line)
    return said.seed.sub(lambda found: f"seed {digits(found['number'])}", line)


class Patterns(NamedTuple):
    """What is said differently than it is written.

    `flag` is «тире тире seed», and the marks that a model writes for it.
    """

    flag: re.Pattern[str]
    ratio: re.Pattern[str]
    seconds: re.Pattern[str]
    pieces: re.Pattern[str]
    seed: re.Pattern[str]


@functools.cache
def number_words() -> dict[str, str]:
    """Return the digits of each number word."""
    pairs = (pair.partition("=") for pair in words("words-spoken-numbers"))
    return {word.strip(): digits.strip() for word, _, digits in pairs}


@functools.cache
def patterns() -> Patterns:
    """Build the patterns from the words of all languages."""
    number = rf"\d{{1,40}}|{one_of(number_words())}"
    dash, by = one_of(words("words-spoken-dash")), one_of(words("words-spoken-by"))
    seconds, pieces = one_of(words("words-seconds")), one_of(words("words-spoken-pieces"))
    dashes = rf"(?:{dash})[\s,]+(?:{dash})|--|[—–]"
    sides = rf"(?P<width>{number})\s*(?:{by}|[xх×])\s*(?P<height>{number})"
    seed = one_of(words("words-spoken-seed"))
    sources = (
        rf"(?<!\S)(?:{dashes})[\s,]*(?P<name>{one_of(flag_names())})\b",
        rf"\b{sides}{_END}",
        rf"\b(?P<number>{one_of(number_words())})(?=\s+(?:{seconds})\b)",
        rf"{_START}(?P<number>{number})\s+(?:{pieces}){_END}",
        rf"{_START}(?:{seed})\s+(?P<number>{number}){_END}",
    )
    return Patterns(*(re.compile(source, re.IGNORECASE) for source in sources))


def digits(number: str) -> str:
    """Return a spoken number in digits."""
    return number_words().get(number.lower(), number)


def join_ratio(said: re.Match[str]) -> str:
    """Return a spoken ratio as `16:9`, if it is one of ours."""
    ratio = f"{digits(said['width'])}:{digits(said['height'])}"
    return ratio if ratio in RATIOS else said[0]
