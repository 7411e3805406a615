"""Parser of a line with a prompt and options, such as `8s 9:16 без звука кот на скейте --seed 7`. Pure.

Options are at the edges of the line; a flag (`--seed 7`) may be anywhere. Words that may also be part of the
description (a style, a size, «x4») count only if a comma separates them or another option is outside of them.
"""

import functools
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from infra.fal.model import Value
from worker.bot.blank_text import is_blank
from worker.bot.options.prompt_flags import cut_flags, tidy
from worker.bot.options.value_aliases import (
    ASPECT_OF_SIZE,
    RATIO,
    RESOLUTION,
    SIZE_OF_ASPECT,
    ascii_digits,
    names,
    negative_prompt,
    numbers,
    one_of,
    pictogram,
    resolution,
    words,
)
from worker.model import Options

type Asked = tuple[str, Value]


# The separator between two options on a card.
_MARK = "·"


@dataclass(frozen=True)
class ParsedPrompt:
    """`strange` flags are unknown, `incomplete` ones have no valid value. `formats` are ratios to order together."""

    prompt: str
    options: Options = field(default_factory=dict)
    strange: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Form:
    """How an option is written; `plain` if it cannot be part of the description, `plain_first` not of its beginning.

    Any other form counts only beside one of the characters in `set_off`.
    """

    pattern: str
    read: Callable[[re.Match[str]], Asked]
    plain: bool = True
    plain_first: bool = False
    set_off: str = f",;\n{_MARK}"

    def is_plain(self, *, first: bool) -> bool:
        return self.plain or (first and self.plain_first)


type _Position = tuple[_Form, re.Pattern[str]]


def parse_prompt(
    text: str,
    known: Collection[str],
    resolutions: Collection[Value] = (),
    titles: Mapping[str, str] = MappingProxyType({}),
) -> ParsedPrompt:
    """Take out the options of this kind of work (`known`); its model may lack some of them or their values.

    `resolutions` are those of the model: «4K» is an option for a model that has it, and a word for any other.
    `titles` are the endpoints of the models of this work by title; a model after `--model` stays as it was written.
    """
    line = _Line(known, tuple(titles.items()), resolutions)
    flags = cut_flags(text, titles)
    rest, negative = _cut_negative_prompt(flags.rest.strip())
    prompt, leading = _cut_beginning(rest, line)
    prompt, trailing = _cut_end(prompt, line)
    asked = [*negative, *leading, *trailing, *flags.options.items()]
    options = dict(_spell(one, known) for one in asked)
    formats = tuple(str(options.pop("formats", "")).split(",")) if "formats" in options else ()
    words = "" if is_blank(prompt) else prompt.strip(_BETWEEN if negative else None)
    return ParsedPrompt(words, options, flags.strange, flags.incomplete, formats)


def _number(option: str) -> Callable[[re.Match[str]], Asked]:
    return lambda match: (option, int(next(filter(None, match.groups()))))


def _resolution(match: re.Match[str]) -> Asked:
    return "resolution", resolution(match[1])


def _named(option: str, words: Mapping[str, Value], *, plain: bool) -> _Form:
    def read(match: re.Match[str]) -> Asked:
        return option, words[" ".join(match["name"].lower().split())]

    pattern = rf"(?:(?:{pictogram()})\s*)?(?P<name>{one_of(words)})"
    # «High quality» after a comma is how users describe an image.
    set_off = f"\n{_MARK}" if option == "detail" else f",;\n{_MARK}"
    return _Form(pattern, read, plain=plain, set_off=set_off)


@dataclass(frozen=True)
class _Line:
    """What a line can contain."""

    known: Collection[str]
    titles: tuple[tuple[str, str], ...]
    resolutions: Collection[Value]

    def means(self, asked: Asked) -> bool:
        option, value = _spell(asked, self.known)
        is_known = option in {*self.known, "seed"}
        return is_known and (option != "resolution" or value in self.resolutions)


# The titles of models change rarely, and users have few different lists.
@functools.lru_cache(64)
def _forms(titles: tuple[tuple[str, str], ...]) -> Sequence[_Form]:
    in_words, by_letter = one_of(words("words-seconds")), one_of(words("words-seconds-letter"))
    found = [
        _Form(RATIO, lambda match: ("aspect", match[0])),
        _Form(rf"(\d{{1,3}})\s?(?:{in_words})|(\d{{1,3}})(?:{by_letter})", _number("duration")),
        _Form(rf"(\d{{1,2}})\s?(?:{one_of(words('words-pieces'))})", _number("count")),
        _Form(rf"(?:{one_of(words('words-in'))})\s+({RESOLUTION})", _resolution),
        _Form(rf"({RESOLUTION})", _resolution, plain=False, plain_first=True),
        _Form(r"(?-i:[xх×])(\d{1,2})(?!,\d)", _number("count"), plain=False, plain_first=True),
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
        *(_Form(pattern, _number(option), plain=option == "seed") for option, pattern in written),
    ]


@functools.lru_cache(64)
def _beginnings(titles: tuple[tuple[str, str], ...]) -> Sequence[_Position]:
    return [
        (form, re.compile(rf"(?:{form.pattern})(?=[\s,;·]|$)", re.IGNORECASE))
        for form in _forms(titles)
    ]


# «2,3 шт.» is not «2» and «3 шт.»; «16:9,8 с» is a ratio and a time.
_DECIMALS = r"(?<=\d,)(?<!:\d,)(?<!:\d\d,)\d"


@functools.lru_cache(64)
def _ends(titles: tuple[tuple[str, str], ...]) -> Sequence[_Position]:
    return [
        (
            form,
            re.compile(rf"(?:^|(?<=[\s,;·]))(?!{_DECIMALS})(?:{form.pattern})$", re.IGNORECASE),
        )
        for form in _forms(titles)
    ]


# «таймер на 8 секунд» is one phrase, and so is «8 секунд до старта».
@functools.cache
def _leads_to_more() -> re.Pattern[str]:
    return re.compile(rf"(?:^|\s)(?:{one_of(words('words-before-a-number'))})$", re.IGNORECASE)


@functools.cache
def _follows_a_time() -> re.Pattern[str]:
    return re.compile(rf"(?:{one_of(words('words-after-a-time'))})\b", re.IGNORECASE)


_BETWEEN = f" \t\r\n,;{_MARK}"


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


def _cut_beginning(text: str, line: _Line) -> tuple[str, list[Asked]]:
    plain = ascii_digits(text)
    taken: list[Asked] = []
    doubtful: list[Asked] = []
    position = start = 0
    while found := _at_beginning(plain, position, line):
        form, match = found
        position = match.end()
        after = text[position:].lstrip(" \t")
        doubtful.append(form.read(match))
        if _follows_a_time().match(after):
            break
        ends_list = not after and text[: match.start()].rstrip()[-1:] == _MARK
        if form.is_plain(first=True) or after[:1] in tuple(form.set_off) or ends_list:
            taken, doubtful, start = taken + doubtful, [], position
        position += len(text[position:]) - len(text[position:].lstrip(_BETWEEN))
    return text[start:].lstrip(_BETWEEN) if taken else text, taken


def _cut_end(text: str, line: _Line) -> tuple[str, list[Asked]]:
    plain = ascii_digits(text)
    taken: list[Asked] = []
    doubtful: list[Asked] = []
    rest = text
    end = len(text.rstrip(_BETWEEN))
    while found := _at_end(plain[:end], line):
        form, match = found
        before = text[: match.start()]
        doubtful.append(form.read(match))
        if _leads_to_more().search(before.rstrip()):
            break
        if form.is_plain(first=False) or before.rstrip(" \t")[-1:] in tuple(form.set_off):
            taken, doubtful, rest = taken + doubtful, [], before
        end = len(before.rstrip(_BETWEEN))
    return rest.rstrip(_BETWEEN) if taken else text, taken[::-1]


def _at_beginning(text: str, position: int, line: _Line) -> tuple[_Form, re.Match[str]] | None:
    found = ((form, pattern.match(text, position)) for form, pattern in _beginnings(line.titles))
    return _first(found, line)


def _at_end(text: str, line: _Line) -> tuple[_Form, re.Match[str]] | None:
    found = ((form, pattern.search(text)) for form, pattern in _ends(line.titles))
    return _first(found, line)


def _first(
    found: Iterable[tuple[_Form, re.Match[str] | None]], line: _Line
) -> tuple[_Form, re.Match[str]] | None:
    for form, match in found:
        if match and line.means(form.read(match)):
            return form, match
    return None


def _spell(asked: Asked, known: Collection[str]) -> Asked:
    """Convert between size and aspect: an image has a size, a video an aspect."""
    option, value = asked
    if option not in ("aspect", "size"):
        return asked
    if "size" in known:
        return "size", SIZE_OF_ASPECT.get(str(value), value)
    return ("aspect", ASPECT_OF_SIZE.get(str(value), value)) if "aspect" in known else asked
