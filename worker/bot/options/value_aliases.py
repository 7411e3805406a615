"""Words for the options and their values, in each language.

They are those of infra/locales/<language>/options.ftl and the labels that the bot itself writes.
"""

import functools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from infra.fal.model import ORIGINAL, Value
from infra.fal.styles import STYLES
from infra.i18n import Texts
from worker.bot.options.labels import NAMED_SIZES, label

RATIOS = ("21:9", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "4:5", "5:4", "1:1")
RATIO = "|".join(RATIOS)

#: An image has a size where a video has an aspect.
SIZE_OF_ASPECT: Mapping[str, str] = {sides: size for size, sides in NAMED_SIZES.items()}
ASPECT_OF_SIZE: Mapping[str, str] = {
    "square": "1:1",
    "wide": "16:9",
    "landscape": "16:9",
    "portrait": "9:16",
}

#: The most digits of a seed that a caption shows.
SEED_DIGITS = 40

DETAILS = ("low", "medium", "high")
#: A resolution as users write it, in letters of either alphabet.
RESOLUTION = r"\d(?:[.,]\d)?\s?[kк]|\d{3,4}\s?[pр]"
_SAME_RESOLUTION = {"2160p": "4K"}

_SURE = "!"
_NUMBERS = {"count": 3, "duration": 3, "scale": 3, "seed": SEED_DIGITS}
# One for each plural form that a language may have.
_SAMPLES = (0, 1, 2, 3, 5, 11, 21, 100)
# A label may begin with a pictogram.
_PICTOGRAM = re.compile(r"([^\w\s]+)\s+")
_THINGS = "\ue001"
_NAMED: Mapping[str, Mapping[str, Value]] = {
    "size": {f"words-size-{size}": size for size in ASPECT_OF_SIZE},
    "quality": {f"words-quality-{quality}": quality for quality in ("standard", "premium")},
    "detail": {f"words-detail-{detail}": detail for detail in DETAILS},
    "audio": {"words-audio-on": True, "words-audio-off": False},
    "style": {f"words-style-{style}": style for style in STYLES},
}


@dataclass(frozen=True)
class Names:
    """Words for the values of one option, in lower case; `sure` words are never part of the description."""

    sure: Mapping[str, Value]
    doubtful: Mapping[str, Value]

    @property
    def all(self) -> Mapping[str, Value]:
        return {**self.doubtful, **self.sure}

    def called_as_written(self, option: str, values: Collection[Value]) -> "Names":
        """Add the labels that the bot writes on its buttons and cards."""
        written = {
            _PICTOGRAM.sub("", text, count=1).lower(): value
            for value in values
            for text in _labels(option, value)
        }
        return Names(self.sure, {**written, **self.doubtful})


@functools.cache
def names() -> Mapping[str, Names]:
    """Return the words of each option in all languages together, because a line may mix them."""
    found = {option: _names(option, values) for option, values in _NAMED.items()}
    return found | {"aspect": Names({}, {}).called_as_written("aspect", {ORIGINAL})}


def resolution(text: str) -> str:
    """Read what `RESOLUTION` matches."""
    number, letter = text[:-1].strip().replace(",", "."), text[-1].lower()
    written = f"{number}K" if letter in "kк" else f"{number}p"
    return _SAME_RESOLUTION.get(written, written)


@functools.cache
def words(key: str) -> frozenset[str]:
    """Return every word under this key, in all languages, in lower case."""
    lists = Texts().everywhere(key)
    return frozenset(word.strip().lower() for words in lists for word in words.split(","))


def is_background_removal(text: str) -> bool:
    """Tell whether the whole text asks to remove the background: an edit by words would paint another one."""
    return " ".join(text.lower().split()).strip(".!") in words("words-remove-background")


# The fullwidth colon and the ratio sign.
_COLONS = str.maketrans("：∶", "::")


def ascii_digits(text: str) -> str:
    """Replace the digits and colons of any script by ASCII ones, each in its place."""
    if text.isascii():
        return text
    plain = text.translate(_COLONS)
    return "".join(str(int(each)) if each.isdecimal() else each for each in plain)


def one_of(alternatives: Collection[str]) -> str:
    """Build a pattern that tries longer words first."""
    longest_first = sorted(alternatives, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest_first)


@functools.cache
def numbers() -> Mapping[str, str]:
    """Return a pattern for each numeric option as the bot writes it, with the number as a group."""
    return {
        option: "|".join(sorted({*_written(option, digits)})) for option, digits in _NUMBERS.items()
    }


@functools.cache
def pictogram() -> str:
    """Return a pattern of the pictograms that a label may begin with."""
    labels = (
        text
        for option, named in names().items()
        for value in named.all.values()
        for text in _labels(option, value)
    )
    return one_of({match[1] for match in map(_PICTOGRAM.match, labels) if match})


@functools.cache
def negative_prompt() -> str:
    """Return a pattern of the words that the bot writes before a negative prompt."""
    labels = _labels("negative_prompt", _THINGS)
    return one_of({text.partition(_THINGS)[0].strip() for text in labels})


def _labels(option: str, value: Value) -> Iterator[str]:
    texts = Texts()
    return (label(texts.speaking(language), option, value) for language in texts.languages)


def _written(option: str, digits: int) -> Iterator[str]:
    group = rf"(\d{{1,{digits}}})"
    for sample in _SAMPLES:
        for text in _labels(option, sample):
            before, number, after = (
                re.escape(part).replace(r"\ ", r"\s?")
                for part in ascii_digits(text).partition(str(sample))
            )
            if number:
                yield before + group + re.sub(r"\\\.$", r"\\.?", after)


def _names(option: str, values: Mapping[str, Value]) -> Names:
    named = [(word, value) for key, value in values.items() for word in words(key)]
    found = Names(
        sure={word.removesuffix(_SURE): value for word, value in named if word.endswith(_SURE)},
        doubtful={word: value for word, value in named if not word.endswith(_SURE)},
    )
    if option != "size":
        return found.called_as_written(option, {*values.values()})
    # The name of a form is in the label of every ratio that has it, so a label means its ratio.
    return found.called_as_written(option, {*RATIOS, ORIGINAL, "auto"})
