"""Parser of a line with a prompt and options, such as `8s 9:16 без звука кот на скейте --seed 7`. Pure.

Options are at the edges of the line; a flag (`--seed 7`) may be anywhere. Words that may also be part of the
description (a style, a size, «x4») count only if a comma separates them or another option is outside of them.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from infra.fal.model import Value
from worker.bot.blank_text import is_blank
from worker.bot.options.option_forms import (
    MARK,
    Asked,
    Form,
    beginnings,
    ends,
    follows_a_time,
    leads_to_more,
    leaves_out,
)
from worker.bot.options.prompt_flags import cut_flags, tidy
from worker.bot.options.value_aliases import (
    ASPECT_OF_SIZE,
    RESOLUTION,
    SIZE_OF_ASPECT,
    ascii_digits,
)
from worker.model import Options


@dataclass(frozen=True)
class ParsedPrompt:
    """`strange` flags are unknown, `incomplete` ones have no valid value. `formats` are ratios to order together."""

    prompt: str
    options: Options = field(default_factory=dict)
    strange: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


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


def may_name_resolution(text: str) -> bool:
    """Tell whether the result of `parse_prompt` may depend on its `resolutions`."""
    return _RESOLUTION.search(ascii_digits(text)) is not None


_RESOLUTION = re.compile(RESOLUTION, re.IGNORECASE)


@dataclass(frozen=True)
class _Line:
    """What a line can contain."""

    known: Collection[str]
    titles: tuple[tuple[str, str], ...]
    resolutions: Collection[Value]

    def first(
        self, found: Iterable[tuple[Form, re.Match[str] | None]]
    ) -> tuple[Form, re.Match[str]] | None:
        """Return the first match that is an option of this work, with a value that its model may have."""
        for form, match in found:
            if match is None:
                continue
            option, value = _spell(form.read(match), self.known)
            is_known = option in {*self.known, "seed"}
            if is_known and (option != "resolution" or value in self.resolutions):
                return form, match
        return None


_BETWEEN = f" \t\r\n,;{MARK}"


def _cut_negative_prompt(text: str) -> tuple[str, list[Asked]]:
    """Cut out a negative prompt as a card writes it, up to the end of its line or the next option."""
    found = leaves_out().search(text)
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
    forms = beginnings(line.titles)
    while found := line.first((form, pattern.match(plain, position)) for form, pattern in forms):
        form, match = found
        position = match.end()
        after = text[position:].lstrip(" \t")
        doubtful.append(form.read(match))
        if follows_a_time().match(after):
            break
        ends_list = not after and text[: match.start()].rstrip()[-1:] == MARK
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
    forms = ends(line.titles)
    while found := line.first((form, pattern.search(plain[:end])) for form, pattern in forms):
        form, match = found
        before = text[: match.start()]
        doubtful.append(form.read(match))
        if leads_to_more().search(before.rstrip()):
            break
        if form.is_plain(first=False) or before.rstrip(" \t")[-1:] in tuple(form.set_off):
            taken, doubtful, rest = taken + doubtful, [], before
        end = len(before.rstrip(_BETWEEN))
    return rest.rstrip(_BETWEEN) if taken else text, taken[::-1]


def _spell(asked: Asked, known: Collection[str]) -> Asked:
    """Convert between size and aspect: an image has a size, a video an aspect."""
    option, value = asked
    if option not in ("aspect", "size"):
        return asked
    if "size" in known:
        return "size", SIZE_OF_ASPECT.get(str(value), value)
    return ("aspect", ASPECT_OF_SIZE.get(str(value), value)) if "aspect" in known else asked
