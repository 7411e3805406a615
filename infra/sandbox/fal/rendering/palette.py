"""Colours of a scene, chosen by Russian or English words of the prompt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from PIL import ImageColor

from infra.sandbox.fal.rendering.vocabulary import is_form_of

type Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """`sky` runs from top to horizon, `land` from far to near; `light` is the sun or moon."""

    sky: tuple[Colour, ...]
    land: tuple[Colour, ...]
    light: Colour
    accent: Colour
    is_dark: bool = False


def _palette(sky: str, land: str, light: str, accent: str, *, is_dark: bool = False) -> Palette:
    return Palette(_colours(sky), _colours(land), rgb(light), rgb(accent), is_dark)


def rgb(code: str) -> Colour:
    return ImageColor.getrgb(f"#{code}")[:3]


def _colours(codes: str) -> tuple[Colour, ...]:
    return tuple(rgb(code) for code in codes.split())


PALETTES: Mapping[str, Palette] = {
    "dawn": _palette("7fa7c9 f4c9b4 fde7c8", "b9a6b8 83728f 4f4763 2d2a42", "fff3d6", "e4715f"),
    "sunset": _palette(
        "2f2a5a b4476b f78f5a ffd08a", "a4526a 6f3560 43234f 22143a", "ffe2a0", "ff7a4d"
    ),
    "night": _palette(
        "060b1f 11224a 2b4a7a", "27406a 1a2c50 101d39 080f22", "f2f0da", "8fd3ff", is_dark=True
    ),
    "aurora": _palette(
        "05101f 0b2a3b 1b6a63", "1d4a55 123342 0b222f 06131d", "d9fff0", "7dffc4", is_dark=True
    ),
    "blue": _palette("2d6cc0 7fb4e6 dff0fa", "7fa3cb 4d77ab 2b5184 163058", "fffbe8", "f4b740"),
    "green": _palette("8fc7c0 cfe8cf f7f3d4", "9cc19a 649a72 38704f 1d4634", "fff6cf", "e9785b"),
    "gold": _palette("c98a3a f0bf62 fdeab8", "d19a4a a46f33 704824 402817", "fff4cc", "b5403a"),
    "red": _palette("7a1f2b cf4a45 f7a37c", "a83a3f 7c2733 511a28 2c0f1b", "ffe3c4", "f9d65c"),
    "pink": _palette("a68bc9 f0b3cc fde3dc", "cf93b8 a4699c 70477c 42295a", "fff2e4", "ff6f91"),
    "violet": _palette("2d1b57 6a4aa8 c59ad8", "7a5aab 55398a 351f63 1c103c", "f8e6ff", "ffc36b"),
    "white": _palette("b9c8d6 e2e9ee fbfbf7", "d3dce3 a9b9c6 7c8f9f 4d5f70", "ffffff", "d9534f"),
    "grey": _palette("6d7883 a7b0b6 dcdcd6", "98a1a7 6e7981 4a545d 2a3138", "f7f4e6", "d98b3a"),
}

# Stems, because Russian words are inflected.
_WORDS: Mapping[str, Sequence[str]] = {
    "aurora": ("aurora", "northern", "сияни"),
    "night": (
        "night",
        "midnight",
        "star",
        "moon",
        "dark",
        "space",
        "ноч",
        "звёзд",
        "звезд",
        "лун",
        "тёмн",
        "темн",
        "космо",
    ),
    "sunset": ("sunset", "dusk", "evening", "orange", "закат", "вечер", "оранжев"),
    "dawn": ("dawn", "morning", "sunrise", "mist", "fog", "рассвет", "утр", "туман"),
    "red": ("red", "scarlet", "crimson", "красн", "алый", "алая", "алые", "багров"),
    "pink": ("pink", "rose", "sakura", "розов", "сакур"),
    "violet": ("violet", "purple", "lilac", "lavender", "фиолет", "сирен", "лилов", "лаванд"),
    "gold": (
        "gold",
        "yellow",
        "amber",
        "autumn",
        "desert",
        "золот",
        "жёлт",
        "желт",
        "осен",
        "пустын",
    ),
    "green": (
        "green",
        "emerald",
        "forest",
        "spring",
        "jungle",
        "зелен",
        "зелён",
        "лес",
        "весн",
        "изумруд",
    ),
    "blue": (
        "blue",
        "azure",
        "sea",
        "ocean",
        "summer",
        "сини",
        "синя",
        "синее",
        "голуб",
        "лазур",
        "море",
        "океан",
        "лето",
        "летн",
    ),
    "white": (
        "white",
        "snow",
        "winter",
        "ice",
        "белы",
        "бела",
        "бело",
        "снег",
        "снеж",
        "зим",
        "лёд",
        "лед",
    ),
    "grey": (
        "grey",
        "gray",
        "silver",
        "rain",
        "storm",
        "серы",
        "серо",
        "серая",
        "дожд",
        "бур",
        "шторм",
    ),
}


def choose(words: Sequence[str], random: Random) -> Palette:
    """Return the palette that the words name, or a random one."""
    for name, beginnings in _WORDS.items():
        if any(is_form_of(word, beginnings) for word in words):
            return PALETTES[name]
    return PALETTES[random.choice(sorted(PALETTES))]
