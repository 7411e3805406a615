"""How users write each option in plain words, such as `8s`, `9:16` or `без звука`. Pure."""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from infra.fal.model import Value
from worker.bot.options.value_aliases import (
    RATIO,
    RESOLUTION,
    names,
    negative_prompt,
    numbers,
    one_of,
    pictogram,
    resolution,
    words,
)

type Asked = tuple[str, Value]
#: The separator between two options on a card.
MARK = "·"


@dataclass(frozen=True)
class Form:
    """How an option is written; `plain` if it cannot be part of the description, `plain_first` not of its beginning.

    Any other form counts only beside one of the characters in `set_off`.
    """

    pattern: str
    read: Callable[[re.Match[str]], Asked]
    plain: bool = True
    plain_first: bool = False
    set_off: str = f",;\n{MARK}"

    def is_plain(self, *, first: bool) -> bool:
        return self.plain or (first and self.plain_first)


type Position = tuple[Form, re.Pattern[str]]


def _number(option: str) -> Callable[[re.Match[str]], Asked]:
    return lambda match: (option, int(next(filter(None, match.groups()))))


def _resolution(match: re.Match[str]) -> Asked:
    return "resolution", resolution(match[1])


def _named(option: str, words: Mapping[str, Value], *, plain: bool) -> Form:
    def read(match: re.Match[str]) -> Asked:
        return option, words[" ".join(match["name"].lower().split())]

    pattern = rf"(?:(?:{pictogram()})\s*)?(?P<name>{one_of(words)})"
    # «High quality» after a comma is how users describe an image.
    set_off = f"\n{MARK}" if option == "detail" else f",;\n{MARK}"
    return Form(pattern, read, plain=plain, set_off=set_off)


# The titles of models change rarely, and users have few different lists.
@functools.lru_cache(64)
def _forms(titles: tuple[tuple[str, str], ...]) -> Sequence[Form]:
    in_words, by_letter = one_of(words("words-seconds")), one_of(words("words-seconds-letter"))
    found = [
        Form(RATIO, lambda match: ("aspect", match[0])),
        Form(rf"(\d{{1,3}})\s?(?:{in_words})|(\d{{1,3}})(?:{by_letter})", _number("duration")),
        Form(rf"(\d{{1,2}})\s?(?:{one_of(words('words-pieces'))})", _number("count")),
        Form(rf"(?:{one_of(words('words-in'))})\s+({RESOLUTION})", _resolution),
        Form(rf"({RESOLUTION})", _resolution, plain=False, plain_first=True),
        Form(r"(?-i:[xх×])(\d{1,2})(?!,\d)", _number("count"), plain=False, plain_first=True),
    ]
    for option, named in names().items():
        found += [
            _named(option, part, plain=part is named.sure)
            for part in (named.sure, named.doubtful)
            if part
        ]
    if titles:
        models = {" ".join(title.lower().split()): endpoint for title, endpoint in titles}
        found.append(_named("model", models, plain=False))
    written = numbers().items()
    return [
        *found,
        *(Form(pattern, _number(option), plain=option == "seed") for option, pattern in written),
    ]


@functools.lru_cache(64)
def beginnings(titles: tuple[tuple[str, str], ...]) -> Sequence[Position]:
    """Return the forms of options, to match where the rest of a line begins."""
    return [
        (form, re.compile(rf"(?:{form.pattern})(?=[\s,;·]|$)", re.IGNORECASE))
        for form in _forms(titles)
    ]


# «2,3 шт.» is not «2» and «3 шт.»; «16:9,8 с» is a ratio and a time.
_DECIMALS = r"(?<=\d,)(?<!:\d,)(?<!:\d\d,)\d"


@functools.lru_cache(64)
def ends(titles: tuple[tuple[str, str], ...]) -> Sequence[Position]:
    """Return the forms of options, to match where the rest of a line ends."""
    return [
        (
            form,
            re.compile(rf"(?:^|(?<=[\s,;·]))(?!{_DECIMALS})(?:{form.pattern})$", re.IGNORECASE),
        )
        for form in _forms(titles)
    ]


# «таймер на 8 секунд» is one phrase, and so is «8 секунд до старта».
@functools.cache
def leads_to_more() -> re.Pattern[str]:
    """Match what makes the number after it a part of the description."""
    return re.compile(rf"(?:^|\s)(?:{one_of(words('words-before-a-number'))})$", re.IGNORECASE)


@functools.cache
def follows_a_time() -> re.Pattern[str]:
    """Match what makes the time before it a part of the description."""
    return re.compile(rf"(?:{one_of(words('words-after-a-time'))})\b", re.IGNORECASE)


@functools.cache
def leaves_out() -> re.Pattern[str]:
    """Match a negative prompt as a card writes it."""
    return re.compile(
        rf"(?:^|(?<=[\s,;·]))(?:{negative_prompt()})(?P<things>[^·\n]+)·?", re.IGNORECASE
    )
