"""Options that are named, such as `--seed 7` or `--no people, text`. Pure."""

import functools
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from infra.fal.models import Value
from worker.bot.option_names import RATIO, names, one_of, words
from worker.jobs import Options


@dataclass(frozen=True)
class Flags:
    """`rest` is the line without its flags; `strange` ones nobody knows, `incomplete` ones have no value that fits."""

    rest: str
    options: Options
    strange: tuple[str, ...]
    incomplete: tuple[str, ...]


@dataclass(frozen=True)
class _Flag:
    """`pattern` is what the value may be; `read` says what it means."""

    option: str
    pattern: str
    read: Callable[[str], Value]

    def match(self, text: str, position: int) -> re.Match[str] | None:
        """The value that stands there, as its first group."""
        pattern = re.compile(rf"\s*({self.pattern})", re.IGNORECASE | re.DOTALL)
        return pattern.match(text, position)


def _named(option: str, others: Mapping[str, Value] | None = None) -> _Flag:
    """By the words for its values, or by `others`, which are the values themselves where nothing else is said."""
    known = names()[option].all
    values = {**(others or {str(value): value for value in known.values()}), **known}
    return _Flag(option, rf"(?:{one_of(values)})(?!\w)", lambda text: values[text.lower()])


def _number(option: str, most: int) -> _Flag:
    # Digits of any script are digits.
    return _Flag(option, rf"\d{{1,{most}}}(?!\w)", int)


@functools.cache
def _flags() -> Mapping[str, _Flag]:
    ratio = _Flag("aspect", rf"(?:{RATIO})(?!\w)", str)
    on, off = words("words-switch-on"), words("words-switch-off")
    return {
        "seed": _number("seed", 10),
        "no": _Flag("negative_prompt", _TEXT, lambda text: text.strip(" ,;")),
        "ar": ratio,
        "aspect": ratio,
        "count": _number("count", 3),
        "seconds": _number("duration", 3),
        "duration": _number("duration", 3),
        "scale": _number("scale", 3),
        "audio": _named("audio", dict.fromkeys(on, True) | dict.fromkeys(off, False)),
        "style": _named("style"),
        "size": _named("size"),
        "quality": _named("quality"),
    }


# Until the next flag, or the end.
_TEXT = r"\S(?:(?!\s(?:--|[—–])\w).)*"
_SECOND_NAMES = ("duration", "aspect")
_OF_EVERY_WORK = frozenset({"seed", "negative_prompt"})


# Phones turn two hyphens into a dash; a dash before another word is a dash.
@functools.cache
def _flag() -> re.Pattern[str]:
    known = one_of(_flags())
    return re.compile(rf"(?:^|(?<=\s))(?:--(?P<any>\w+)|[—–](?P<known>{known}))(?!\w)[ \t]*=?")


def cut_flags(text: str) -> Flags:
    """The last of several flags of a name counts."""
    options: Options = {}
    strange: list[str] = []
    incomplete: list[str] = []
    rest: list[str] = []
    position = 0
    while match := _flag().search(text, position):
        rest.append(text[position : match.start()])
        name, position = match["any"] or match["known"], match.end()
        flag = _flags().get(name.lower())
        if flag is None:
            strange.append(f"--{name}")
        elif value := flag.match(text, position):
            options[flag.option] = flag.read(value[1])
            position = value.end()
        else:
            incomplete.append(f"--{name}")
    rest.append(text[position:])
    kept = " ".join(part.strip() for part in rest if part.strip())
    return Flags(kept, options, tuple(strange), tuple(incomplete))


def flags_for(known: Collection[str]) -> list[str]:
    """The flags of a sort of work that has these options."""
    options = {*known, *_OF_EVERY_WORK, *(("aspect",) if "size" in known else ())}
    return [
        f"--{name}"
        for name, flag in _flags().items()
        if flag.option in options and name not in _SECOND_NAMES
    ]
