"""Parser of flags, such as `--ar 16:9`, `--seed 7` or `--no people, text`. Pure."""

import functools
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from infra.fal.model import Value
from worker.bot.blank_text import is_blank
from worker.bot.options.formats import FORMATS
from worker.bot.options.value_aliases import (
    DETAILS,
    RATIOS,
    RESOLUTION,
    SEED_DIGITS,
    ascii_digits,
    names,
    one_of,
    resolution,
    words,
)
from worker.model import Options


@dataclass(frozen=True)
class Flags:
    """`rest` is the line without its flags; `strange` flags are unknown, `incomplete` ones have no valid value."""

    rest: str
    options: Options
    strange: tuple[str, ...]
    incomplete: tuple[str, ...]


@dataclass(frozen=True)
class _Flag:
    """`pattern` matches the value; `read` converts it, to None if the value is empty."""

    option: str
    pattern: str
    read: Callable[[str], Value | None]

    def match(self, text: str, position: int) -> re.Match[str] | None:
        """Match the value at this position, as the first group."""
        pattern = re.compile(rf"\s*({self.pattern})", re.IGNORECASE | re.DOTALL)
        return pattern.match(text, position)


def _named(
    option: str, others: Mapping[str, Value] | None = None, sets: str | None = None
) -> _Flag:
    """Build a flag that takes the words for its values and `others`, which default to the values themselves.

    `sets` is the option that it sets, if that is another one.
    """
    known = names()[option].all
    values = {**(others or {str(value): value for value in known.values()}), **known}
    return _Flag(
        sets or option,
        rf"(?:{one_of(values)})(?!\w)",
        lambda text: values[" ".join(text.lower().split())],
    )


def _number(option: str, most: int) -> _Flag:
    return _Flag(option, rf"\d{{1,{most}}}(?!\w|[.,]\d)", int)


def _formats() -> _Flag:
    """Build a flag that takes some of the formats, or all of them; its value lists them in their order."""
    one = "|".join(FORMATS)

    def read(text: str) -> str:
        found = re.findall(one, text)
        return ",".join(ratio for ratio in FORMATS if ratio in found or not found)

    return _Flag("formats", rf"(?:all|все|(?:{one})(?:\s*,\s*(?:{one}))*)(?!\w|[,:])", read)


@functools.cache
def _flags() -> Mapping[str, _Flag]:
    model = _Flag("model", _NAME, lambda text: text.strip(_QUOTES))
    shapes = {**dict(zip(RATIOS, RATIOS, strict=True)), **names()["aspect"].all}
    shapes |= dict.fromkeys(words("words-auto"), "auto")
    size, aspect = _named("size", shapes), _named("size", shapes, sets="aspect")
    definition = _Flag("resolution", rf"(?:{RESOLUTION})(?!\w)", resolution)
    on, off = words("words-switch-on"), words("words-switch-off")
    return {
        "seed": _number("seed", SEED_DIGITS),
        "no": _Flag("negative_prompt", _TEXT, tidy),
        "ar": aspect,
        "aspect": aspect,
        "count": _number("count", 3),
        "seconds": _number("duration", 3),
        "duration": _number("duration", 3),
        "scale": _number("scale", 3),
        "audio": _named("audio", dict.fromkeys(on, True) | dict.fromkeys(off, False)),
        "style": _named("style"),
        "size": size,
        "formats": _formats(),
        "форматы": _formats(),
        "resolution": definition,
        "res": definition,
        "model": model,
        "модель": model,
        # The first two models of images, and how much work a model puts into an image: one word for both.
        "quality": _named(
            "quality", {**dict(zip(DETAILS, DETAILS, strict=True)), **names()["detail"].all}
        ),
    }


# Ends at the next flag, at the separator of a card, or at the end.
_TEXT = r"[^\s·](?:(?!\s(?:--|[—–])\w)[^·])*"
_SECOND_NAMES = ("duration", "aspect", "res", "модель", "форматы")
# A word such as `nano-banana-2` or an endpoint; a title with spaces is quoted.
_QUOTES = '"«»“”'
_NAME = rf"[\"«“][^{_QUOTES}\n]{{1,100}}[\"»”]|(?!--|[—–])[^\s,;·{_QUOTES}]+"
_OF_EVERY_WORK = frozenset({"seed", "negative_prompt"})


_COMPARE = re.compile(r"(?:^|(?<=\s))(?:--|[—–])(?:compare|сравнить)(?!\S)", re.IGNORECASE)


# Phones replace two hyphens by a dash, so a dash before a known name is a flag too.
@functools.cache
def _flag() -> re.Pattern[str]:
    known = one_of(_flags())
    return re.compile(rf"(?:^|(?<=\s))(?:--(?P<any>\w+)|[—–](?P<known>{known}))(?!\w)[ \t]*=?")


def cut_flags(text: str, titles: Collection[str] = ()) -> Flags:
    """Cut the flags out of a text; the last of several flags with one name counts.

    `titles` of models need no quotes after `--model`, although they have spaces.
    """
    titled = _Flag("model", rf"(?:{one_of(titles)})(?!\w)", str) if titles else None
    options: Options = {}
    strange: list[str] = []
    incomplete: list[str] = []
    rest: list[str] = []
    position = 0
    plain = ascii_digits(text)
    while match := _flag().search(plain, position):
        rest.append(text[position : match.start()])
        name, position = match["any"] or match["known"], match.end()
        flag = _flags().get(name.lower())
        if flag is None:
            strange.append(f"--{name}")
            continue
        if titled and flag.option == "model" and titled.match(plain, position):
            flag = titled
        found = flag.match(plain, position)
        # A negative prompt keeps its digits as they were written.
        said = text if flag.option == "negative_prompt" else plain
        value = flag.read(said[found.start(1) : found.end(1)]) if found else None
        if found is None or value is None:
            incomplete.append(f"--{name}")
        else:
            is_detail = flag.option == "quality" and value in DETAILS
            options["detail" if is_detail else flag.option] = value
            position = found.end()
    rest.append(text[position:])
    kept = " ".join(part.strip() for part in rest if part.strip())
    return Flags(kept, options, tuple(strange), tuple(incomplete))


def cut_compare(text: str) -> tuple[str, bool]:
    """Cut `--compare` out of a text, which asks for a comparison of models; return whether it was there."""
    rest = _COMPARE.sub(" ", text)
    return (rest.strip(), True) if rest != text else (text, False)


def tidy(negative_prompt: str) -> str | None:
    """Reduce a negative prompt to one line that can be copied from a card; return None if nothing is visible."""
    line = " ".join(negative_prompt.replace("·", ",").split())
    line = re.sub(r"(?:^|(?<=\s))(?:--|[—–])(?=\w)", "", line).strip(" ,;")
    return None if is_blank(line) else line


def flag_names() -> frozenset[str]:
    """Return the name of every flag, without its hyphens."""
    return frozenset(_flags())


def option_of(flag: str) -> str:
    """Return the option that a known flag such as `--seed` sets."""
    return _flags()[flag.removeprefix("--").lower()].option


def flags_for(known: Collection[str]) -> list[str]:
    """Return the flags of a kind of work that has these options."""
    options = {*known, *_OF_EVERY_WORK}
    options |= {"aspect"} if "size" in known else set()
    options |= {"quality"} if "detail" in known else set()
    options |= {"formats"} if {"size", "count"} <= {*known} else set()
    return [
        f"--{name}"
        for name, flag in _flags().items()
        if flag.option in options and name not in _SECOND_NAMES
    ]
