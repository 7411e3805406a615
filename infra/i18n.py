"""Everything the bot says, in each language: Fluent files in infra/locales (https://projectfluent.org/fluent/guide/)."""

import html
import re
from functools import cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

LOCALES = Path(__file__).parent / "locales"
DEFAULT = "ru"
#: For people whose language is none of ours.
FOREIGN = "en"

Argument = str | int | float

_MARK = re.compile("\ue000(\\w+)\ue000")

# Where Telegram is in one of these languages, Russian is read more easily than English.
RUSSIAN_READERS = ("ru", "be", "uk", "kk")


class Phrases:
    """One language. Raises LookupError for an unknown key and for a missing argument: a raw key is never shown."""

    def __init__(self, language: str, bundle: FluentBundle) -> None:
        self.language = language
        self._bundle = bundle

    def __call__(self, key: str, **arguments: Argument) -> str:
        """Telegram's HTML: text arguments are escaped here and nowhere else."""
        return self.plain(key, **{name: _escape(value) for name, value in arguments.items()})

    def plain(self, key: str, **arguments: Argument) -> str:
        """Text for buttons, menus and alerts, which know no markup."""
        pattern = self._bundle.get_message(key).value if self._bundle.has_message(key) else None
        if pattern is None:
            raise LookupError(f"{self.language}: no text {key!r}")
        marked = {name: _mark(name, value) for name, value in arguments.items()}
        text, errors = self._bundle.format_pattern(pattern, marked)
        if errors:
            raise LookupError(f"{self.language}: {key!r} cannot be said") from errors[0]
        return _MARK.sub(lambda mark: str(arguments[mark[1]]), str(text))


class Texts:
    """All languages, read once: each folder of `locales` is one, named by its IETF tag."""

    def __init__(self, locales: Path = LOCALES) -> None:
        self._phrases = {
            folder.name: Phrases(folder.name, _bundle(folder))
            for folder in sorted(locales.iterdir())
            if folder.is_dir()
        }

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._phrases)

    def of_telegram(self, code: str | None) -> str:
        """Our language for Telegram's `language_code`, an IETF tag; Russian when Telegram gives none."""
        if not code:
            return DEFAULT
        reads_russian = _base(code) in RUSSIAN_READERS
        return self._find(code) or (DEFAULT if reads_russian else FOREIGN)

    def of_browser(self, accepted: str) -> str:
        """Whichever of ours an Accept-Language header names first; Russian when it names none."""
        tags = (part.partition(";")[0].strip() for part in accepted.split(","))
        return next(filter(None, map(self._find, tags)), DEFAULT)

    def _find(self, tag: str) -> str | None:
        """The folder of a tag, or of its language whatever the country."""
        named = {name.lower(): name for name in self._phrases}
        return named.get(tag.lower()) or named.get(_base(tag))

    def speaking(self, language: str) -> Phrases:
        return self._phrases.get(language) or self._phrases[DEFAULT]

    def __call__(self, language: str, key: str, **arguments: Argument) -> str:
        return self.speaking(language)(key, **arguments)

    def everywhere(self, key: str) -> frozenset[str]:
        """A label in every language: a keyboard outlives a change of language."""
        return frozenset(phrases.plain(key) for phrases in self._phrases.values())


def _base(tag: str) -> str:
    return tag.partition("-")[0].lower()


@cache  # parsing takes a while, and each queue of a worker has its texts
def _bundle(folder: Path) -> FluentBundle:
    # Isolating marks are invisible but count, and get copied along with ids and prompts.
    bundle = FluentBundle([folder.name], use_isolating=False)
    for file in sorted(folder.glob("*.ftl")):
        bundle.add_resource(FluentResource(file.read_text(encoding="utf-8")))
    return bundle


def _mark(name: str, value: Argument) -> Argument:
    """Text goes in afterwards: Fluent takes 2,500 characters of it at the most, a prompt may have more."""
    return f"\ue000{name}\ue000" if isinstance(value, str) else value


def _escape(value: Argument) -> Argument:
    return html.escape(value) if isinstance(value, str) else value
