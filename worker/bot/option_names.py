"""What people call our options' values: in each language the words of infra/locales/<language>/options.ftl."""

import functools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from infra.fal.models import Value
from infra.fal.styles import STYLES
from infra.texts import Texts

RATIO = r"21:9|16:9|9:16|4:3|3:4|3:2|2:3|1:1"

#: A picture has a size where a clip has an aspect.
SIZE_OF_ASPECT: Mapping[str, str] = {
    "1:1": "square",
    "16:9": "wide",
    "4:3": "landscape",
    "3:4": "portrait",
}
ASPECT_OF_SIZE: Mapping[str, str] = {
    "square": "1:1",
    "wide": "16:9",
    "landscape": "16:9",
    "portrait": "9:16",
}

_SURE = "!"
_NAMED: Mapping[str, Mapping[str, Value]] = {
    "size": {f"words-size-{size}": size for size in ASPECT_OF_SIZE},
    "quality": {f"words-quality-{quality}": quality for quality in ("standard", "premium")},
    "audio": {"words-audio-on": True, "words-audio-off": False},
    "style": {f"words-style-{style}": style for style in STYLES},
}


@dataclass(frozen=True)
class Names:
    """Words for the values of one option, in lower case; `sure` ones are never a part of the description."""

    sure: Mapping[str, Value]
    doubtful: Mapping[str, Value]

    @property
    def all(self) -> Mapping[str, Value]:
        return {**self.doubtful, **self.sure}


@functools.cache
def names() -> Mapping[str, Names]:
    """By option, of all languages together: a line may mix them."""
    return {option: _names(values) for option, values in _NAMED.items()}


@functools.cache
def words(key: str) -> frozenset[str]:
    """Every word that stands under this key, in any language, in lower case."""
    lists = Texts().everywhere(key)
    return frozenset(word.strip().lower() for words in lists for word in words.split(","))


def one_of(alternatives: Collection[str]) -> str:
    """A pattern; of two words that begin alike the longer one is tried first."""
    return "|".join(re.escape(word) for word in sorted(alternatives, key=len, reverse=True))


def _names(values: Mapping[str, Value]) -> Names:
    named = [(word, value) for key, value in values.items() for word in words(key)]
    return Names(
        sure={word.removesuffix(_SURE): value for word, value in named if word.endswith(_SURE)},
        doubtful={word: value for word, value in named if not word.endswith(_SURE)},
    )
