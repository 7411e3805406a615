"""Parser of a line with a prompt and options, such as `8s 9:16 без звука кот на скейте --seed 7`. Pure.

Options are at the edges of the line; a flag (`--seed 7`) may be anywhere. Words that may also be part of the
description (a style, a size, «x4») count only if a comma separates them or another option is outside of them.
"""

import functools
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from infra.fal.model import Value
from worker.bot.blank_text import is_blank
from worker.bot.options.flags import RATIO, cut_flags, tidy
from worker.bot.options.value_aliases import (
    ASPECT_OF_SIZE,
    SIZE_OF_ASPECT,
    ascii_digits,
    names,
    negative_prompt,
    numbers,
    one_of,
    pictogram,
    words,
)
from worker.model import Options

type Asked = tuple[str, Value]


@dataclass(frozen=True)
class ParsedPrompt:
    """`strange` flags are unknown, `incomplete` ones have no valid value."""

    prompt: str
    options: Options = field(default_factory=dict)
    strange: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Form:
    """How an option is written; `plain` if it cannot be part of the description, `plain_first` not of its beginning."""

    pattern: str
    read: Callable[[re.Match[str]], Asked]
    plain: bool = True
    plain_first: bool = False

    def is_plain(self, *, first: bool) -> bool:
        return self.plain or (first and self.plain_first)


type _Position = tuple[_Form, re.Pattern[str]]


def parse_prompt(text: str, known: Collection[str]) -> ParsedPrompt:
    """Take out the options of this kind of work (`known`); its model may lack some of them or their values."""
    flags = cut_flags(text)
    rest, negative = _cut_negative_prompt(flags.rest.strip())
    prompt, leading = _cut_beginning(rest, known)
    prompt, trailing = _cut_end(prompt, known)
    asked = [*negative, *leading, *trailing, *flags.options.items()]
    options = dict(_spell(one, known) for one in asked)
    words = "" if is_blank(prompt) else prompt.strip(_BETWEEN if negative else None)
    return ParsedPrompt(words, options, flags.strange, flags.incomplete)


def _number(option: str) -> Callable[[re.Match[str]], Asked]:
    return lambda match: (option, int(next(filter(None, match.groups()))))


def _named(option: str, words: Mapping[str, Value], *, plain: bool) -> _Form:
    def read(match: re.Match[str]) -> Asked:
        return option, words[" ".join(match["name"].lower().split())]

    return _Form(rf"(?:(?:{pictogram()})\s*)?(?P<name>{one_of(words)})", read, plain=plain)


@functools.cache
def _forms() -> Sequence[_Form]:
    in_words, by_letter = one_of(words("words-seconds")), one_of(words("words-seconds-letter"))
    found = [
        _Form(RATIO, lambda match: ("aspect", match[0])),
        _Form(rf"(\d{{1,3}})\s?(?:{in_words})|(\d{{1,3}})(?:{by_letter})", _number("duration")),
        _Form(rf"(\d{{1,2}})\s?(?:{one_of(words('words-pieces'))})", _number("count")),
        _Form(r"(?-i:[xх×])(\d{1,2})(?!,\d)", _number("count"), plain=False, plain_first=True),
    ]
    for option, named in names().items():
        found += [
            _named(option, part, plain=part is named.sure)
            for part in (named.sure, named.doubtful)
            if part
        ]
    written = numbers().items()
    return [
        *found,
        *(_Form(pattern, _number(option), plain=option == "seed") for option, pattern in written),
    ]


@functools.cache
def _beginnings() -> Sequence[_Position]:
    return [
        (form, re.compile(rf"(?:{form.pattern})(?=[\s,;·]|$)", re.IGNORECASE)) for form in _forms()
    ]


# «2,3 шт.» is not «2» and «3 шт.»; «16:9,8 с» is a ratio and a time.
_DECIMALS = r"(?<=\d,)(?<!:\d,)(?<!:\d\d,)\d"


@functools.cache
def _ends() -> Sequence[_Position]:
    return [
        (
            form,
            re.compile(rf"(?:^|(?<=[\s,;·]))(?!{_DECIMALS})(?:{form.pattern})$", re.IGNORECASE),
        )
        for form in _forms()
    ]


# «таймер на 8 секунд» is one phrase, and so is «8 секунд до старта».
@functools.cache
def _leads_to_more() -> re.Pattern[str]:
    return re.compile(rf"(?:^|\s)(?:{one_of(words('words-before-a-number'))})$", re.IGNORECASE)


@functools.cache
def _follows_a_time() -> re.Pattern[str]:
    return re.compile(rf"(?:{one_of(words('words-after-a-time'))})\b", re.IGNORECASE)


# The separator between two options on a card.
_MARK = "·"
_BETWEEN = f" \t\r\n,;{_MARK}"
_SET_OFF = f",;\n{_MARK}"


@functools.cache
def _leaves_out() -> re.Pattern[str]:
    return re.compile(
        rf"(?:^|(?<=[\s,;·]))(?:{negative_prompt()})(?P<things>[^·\n]+)·?", re.IGNORECASE
    )


def _cut_negative_prompt(text: str) -> tuple[str, list[Asked]]:
    """Cut out a negative prompt as a card writes it, up to the end of its line or the next option."""
    found = _leaves_out().search(text)
    things = tidy(found["things"]) if found else None
    if found is None or things is None:
        return text, []
    before, after = text[: found.start()], text[found.end() :]
    return f"{before.rstrip()}\n{after.lstrip()}".strip(), [("negative_prompt", things)]


def _cut_beginning(text: str, known: Collection[str]) -> tuple[str, list[Asked]]:
    plain = ascii_digits(text)
    taken: list[Asked] = []
    doubtful: list[Asked] = []
    position = start = 0
    while found := _at_beginning(plain, position, known):
        form, match = found
        position = match.end()
        after = text[position:].lstrip(" \t")
        doubtful.append(form.read(match))
        if _follows_a_time().match(after):
            break
        ends_list = not after and text[: match.start()].rstrip()[-1:] == _MARK
        if form.is_plain(first=True) or after[:1] in tuple(_SET_OFF) or ends_list:
            taken, doubtful, start = taken + doubtful, [], position
        position += len(text[position:]) - len(text[position:].lstrip(_BETWEEN))
    return text[start:].lstrip(_BETWEEN) if taken else text, taken


def _cut_end(text: str, known: Collection[str]) -> tuple[str, list[Asked]]:
    plain = ascii_digits(text)
    taken: list[Asked] = []
    doubtful: list[Asked] = []
    rest = text
    end = len(text.rstrip(_BETWEEN))
    while found := _at_end(plain[:end], known):
        form, match = found
        before = text[: match.start()]
        doubtful.append(form.read(match))
        if _leads_to_more().search(before.rstrip()):
            break
        if form.is_plain(first=False) or before.rstrip(" \t")[-1:] in tuple(_SET_OFF):
            taken, doubtful, rest = taken + doubtful, [], before
        end = len(before.rstrip(_BETWEEN))
    return rest.rstrip(_BETWEEN) if taken else text, taken[::-1]


def _at_beginning(
    text: str, position: int, known: Collection[str]
) -> tuple[_Form, re.Match[str]] | None:
    found = ((form, pattern.match(text, position)) for form, pattern in _beginnings())
    return _first(found, known)


def _at_end(text: str, known: Collection[str]) -> tuple[_Form, re.Match[str]] | None:
    return _first(((form, pattern.search(text)) for form, pattern in _ends()), known)


def _first(
    found: Iterable[tuple[_Form, re.Match[str] | None]], known: Collection[str]
) -> tuple[_Form, re.Match[str]] | None:
    for form, match in found:
        if match and _spell(form.read(match), known)[0] in {*known, "seed"}:
            return form, match
    return None


def _spell(asked: Asked, known: Collection[str]) -> Asked:
    """Convert between size and aspect: an image has a size, a video an aspect."""
    option, value = asked
    if option == "aspect" and option not in known and "size" in known:
        return "size", SIZE_OF_ASPECT.get(str(value), value)
    if option == "size" and option not in known and "aspect" in known:
        return "aspect", ASPECT_OF_SIZE.get(str(value), value)
    return asked
