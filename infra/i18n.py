"""The bot's texts in each language, from Fluent files in infra/locales (https://projectfluent.org/fluent/guide/)."""

import html
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fluent.runtime import FluentBundle

LOCALES = Path(__file__).parent / "locales"
DEFAULT = "ru"
#: For users whose language has no texts.
FOREIGN = "en"

Argument = str | int | float

_MARK = re.compile("\ue000(\\w+)\ue000")
# A text argument of this form may name a variant.
_VARIANT = re.compile("[a-z_]{1,40}")

# Telegram languages whose users get Russian instead of English.
RUSSIAN_READERS = ("ru", "be", "uk", "kk")


class Phrases:
    """Texts in one language. An unknown key or a missing argument raises LookupError, so no raw key is ever shown."""

    def __init__(self, language: str, bundle: "FluentBundle") -> None:
        self.language = language
        self._bundle = bundle

    def __call__(self, key: str, **arguments: Argument) -> str:
        """Return Telegram's HTML. Text arguments are escaped here and nowhere else."""
        escaped = {
            name: html.escape(value) if isinstance(value, str) else value
            for name, value in arguments.items()
        }
        return self.plain(key, **escaped)

    def plain(self, key: str, **arguments: Argument) -> str:
        """Return text for buttons, menus and alerts, which have no markup."""
        pattern = self._bundle.get_message(key).value if self._bundle.has_message(key) else None
        if pattern is None:
            raise LookupError(f"{self.language}: no text {key!r}")
        # A marker replaces a text: Fluent limits text arguments to 2,500 characters, and prompts may be longer.
        marked = {
            name: f"\ue000{name}\ue000"
            if isinstance(value, str) and not _VARIANT.fullmatch(value)
            else value
            for name, value in arguments.items()
        }
        text, errors = self._bundle.format_pattern(pattern, marked)
        if errors:
            raise LookupError(f"{self.language}: cannot format {key!r}") from errors[0]
        return _MARK.sub(lambda mark: str(arguments[mark[1]]), str(text))


class Texts:
    """All languages; each folder of `locales` is one, named by its IETF tag."""

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
        """Return the language for Telegram's `language_code`, an IETF tag; Russian if Telegram sends none."""
        if not code:
            return DEFAULT
        reads_russian = code.partition("-")[0].lower() in RUSSIAN_READERS
        return self._find(code) or (DEFAULT if reads_russian else FOREIGN)

    def of_browser(self, accepted: str) -> str:
        """Return the first known language of an Accept-Language header; Russian if there is none."""
        tags = (part.partition(";")[0].strip() for part in accepted.split(","))
        return next(filter(None, map(self._find, tags)), DEFAULT)

    def _find(self, tag: str) -> str | None:
        """Find the folder of a tag, or of its language without the country."""
        named = {name.lower(): name for name in self._phrases}
        return named.get(tag.lower()) or named.get(tag.lower().partition("-")[0])

    def speaking(self, language: str) -> Phrases:
        return self._phrases.get(language) or self._phrases[DEFAULT]

    def __call__(self, language: str, key: str, **arguments: Argument) -> str:
        return self.speaking(language)(key, **arguments)

    def everywhere(self, key: str) -> frozenset[str]:
        """Return a label in every language: an old keyboard keeps its labels after a change of language."""
        return frozenset(phrases.plain(key) for phrases in self._phrases.values())


@cache  # parsing is slow, and each queue of a worker has its own Texts
def _bundle(folder: Path) -> "FluentBundle":
    # Imported here: webhook_app shows texts in its dashboard only.
    from fluent.runtime import FluentBundle, FluentResource

    # Isolating marks are invisible, but count as characters and are copied with ids and prompts.
    bundle = FluentBundle([folder.name], use_isolating=False)
    for file in sorted(folder.glob("*.ftl")):
        bundle.add_resource(FluentResource(file.read_text(encoding="utf-8")))
    return bundle
