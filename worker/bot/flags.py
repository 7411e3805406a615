"""Options that are named, such as `--seed 7` or `--no people, text`. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from worker.bot.option_names import RATIO, SIZES, STYLES_BY_NAME
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
    """`words` is what the value may be, as a pattern; `values` translates it, where it is not a number or a text."""

    option: str
    words: str
    values: Mapping[str, str | bool] | None = None

    def match(self, text: str, position: int) -> re.Match[str] | None:
        """The value that stands there, as its first group."""
        pattern = re.compile(rf"\s*({self.words})", re.IGNORECASE | re.DOTALL)
        return pattern.match(text, position)

    def read(self, text: str) -> str | int | bool:
        if self.values is not None:
            return self.values[text.lower()]
        return int(text) if text.isascii() and text.isdigit() else text.strip(" ,;")


def _named(option: str, values: Mapping[str, str | bool]) -> _Flag:
    names = sorted(values, key=len, reverse=True)
    return _Flag(option, rf"(?:{'|'.join(map(re.escape, names))})(?!\w)", values)


def _digits(most: int) -> str:
    return rf"\d{{1,{most}}}(?!\w)"


_SWITCH: Mapping[str, str | bool] = {"on": True, "off": False, "да": True, "нет": False}
_RATIO = _Flag("aspect", rf"(?:{RATIO})(?!\w)")
# Until the next flag, or the end.
_TEXT = r"\S(?:(?!\s(?:--|[—–])\w).)*"
_FLAGS: Mapping[str, _Flag] = {
    "seed": _Flag("seed", _digits(10)),
    "no": _Flag("negative_prompt", _TEXT),
    "ar": _RATIO,
    "aspect": _RATIO,
    "count": _Flag("count", _digits(3)),
    "seconds": _Flag("duration", _digits(3)),
    "duration": _Flag("duration", _digits(3)),
    "scale": _Flag("scale", _digits(3)),
    "audio": _named("audio", _SWITCH),
    "style": _named("style", STYLES_BY_NAME),
    "size": _named("size", SIZES),
    "quality": _named("quality", {"standard": "standard", "premium": "premium"}),
}
_SECOND_NAMES = ("duration", "aspect")
_OF_EVERY_WORK = frozenset({"seed", "negative_prompt"})

# Phones turn two hyphens into a dash; a dash before another word is a dash.
_FLAG = re.compile(
    rf"(?:^|(?<=\s))(?:--(?P<any>\w+)|[—–](?P<known>{'|'.join(_FLAGS)}))(?!\w)[ \t]*=?"
)


def cut_flags(text: str) -> Flags:
    """The last of several flags of a name counts."""
    options: Options = {}
    strange: list[str] = []
    incomplete: list[str] = []
    rest: list[str] = []
    position = 0
    while match := _FLAG.search(text, position):
        rest.append(text[position : match.start()])
        name, position = match["any"] or match["known"], match.end()
        flag = _FLAGS.get(name.lower())
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
        for name, flag in _FLAGS.items()
        if flag.option in options and name not in _SECOND_NAMES
    ]
