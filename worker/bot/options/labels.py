"""Labels of the options and their values."""

from collections.abc import Callable, Mapping

from infra.fal.model import ORIGINAL, Value
from infra.fal.models.catalogue import model_title
from infra.fal.styles import NO_STYLE
from infra.i18n import Phrases
from worker.bot.truncate import one_line
from worker.model import Options

#: The sizes of images that have a name besides their ratio.
NAMED_SIZES: Mapping[str, str] = {
    "square": "1:1",
    "wide": "16:9",
    "landscape": "4:3",
    "portrait": "3:4",
}


def ratio(size: Value) -> str:
    """Return the ratio of a size or an aspect; without one, the value itself."""
    return NAMED_SIZES.get(str(size), str(size))


def form(t: Phrases, size: Value) -> str:
    """Name a size or an aspect by its form and its ratio."""
    sides = ratio(size)
    if ":" not in sides:
        return t.plain(f"size-{size}")
    width, height = map(int, sides.split(":"))
    named = "square" if width == height else "portrait" if width < height else "landscape"
    named = "wide" if width * 9 >= height * 16 else named
    return t.plain(f"size-{named}", ratio=sides)


_LABELS: dict[str, Callable[[Phrases, Value], str]] = {
    "model": lambda _, value: model_title(str(value)),
    "size": form,
    "resolution": lambda _, value: str(value),
    "detail": lambda t, value: t.plain(f"detail-{value}"),
    "style": lambda t, value: t.plain(f"style-{value}"),
    "quality": lambda t, value: t.plain(f"quality-{value}"),
    "count": lambda t, value: t.plain("count", count=int(value)),
    "duration": lambda t, value: t.plain("duration", seconds=int(value)),
    "aspect": lambda t, value: t.plain("aspect-original") if value == ORIGINAL else str(value),
    "scale": lambda t, value: t.plain("scale", times=int(value)),
    "audio": lambda t, value: t.plain("audio-on" if value else "audio-off"),
    "seed": lambda t, value: t.plain("seed", seed=str(value)),
    # As much as fits below an image, because users may copy it.
    "negative_prompt": lambda t, value: t.plain(
        "job-without", things=one_line(str(value), _THINGS_SHOWN)
    ),
}

_THINGS_SHOWN = 300
SEPARATOR = " · "

# Left out of a summary.
UNREMARKABLE: tuple[tuple[str, Value], ...] = (("style", NO_STYLE), ("count", 1))


def label(t: Phrases, option: str, value: Value) -> str:
    return _LABELS[option](t, value)


# After the name of the option, which they do not repeat.
_SHORT_LABELS: dict[str, Callable[[Phrases, Value], str]] = {
    "aspect": lambda t, value: t.plain("short-original") if value == ORIGINAL else str(value),
    "count": lambda _, value: str(value),
    "detail": lambda t, value: t.plain(f"short-detail-{value}"),
    "audio": lambda t, value: t.plain("short-audio-on" if value else "short-audio-off"),
}


def short_label(t: Phrases, option: str, value: Value) -> str:
    """Return the label of a value for use after the name of its option."""
    if (option, value) == ("style", NO_STYLE):
        return t.plain("short-no-style")
    if option == "size" and ":" not in ratio(value):
        return t.plain(f"short-{value}")
    return _SHORT_LABELS.get(option, _LABELS[option])(t, value)


def summary(t: Phrases, options: Options) -> str:
    """Summarise the chosen options in one line of plain text."""
    return SEPARATOR.join(labels(t, options).values())


def labels(t: Phrases, options: Options) -> dict[str, str]:
    """Return the label of each option in plain text, without unremarkable ones."""
    return {
        name: _LABELS[name](t, value)
        for name, value in options.items()
        if name in _LABELS and (name, value) not in UNREMARKABLE
    }
