"""Labels of the options and their values."""

from collections.abc import Callable

from infra.fal.model import ORIGINAL, Value
from infra.fal.styles import NO_STYLE
from infra.i18n import Phrases
from worker.bot.truncate import one_line
from worker.model import Options

_LABELS: dict[str, Callable[[Phrases, Value], str]] = {
    # A size without a name is written as requested, such as 9:16 of an image.
    "size": lambda t, value: str(value) if ":" in str(value) else t.plain(f"size-{value}"),
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
