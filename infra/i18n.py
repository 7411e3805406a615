"""The bot's texts in each language, from Fluent files in infra/locales (https://projectfluent.org/fluent/guide/)."""

import html
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).parent / "locales"
DEFAULT = "ru"
#: For users whose language has no texts.
FOREIGN = "en"

Argument = str | int | float

# Formatted texts that are kept, of some hundred characters each.
_CACHED = 1024
# A message or a term begins a line; its other lines are indented.
_ENTRIES = re.compile(r"^(?=-?[a-zA-Z])", re.MULTILINE)
_NAME = re.compile(r"-?[a-zA-Z][\w-]*")
_REFERENCE = re.compile(r"{\s*(-?[a-zA-Z][\w-]*)")
_MARK = re.compile("\ue000(\\w+)\ue000")
# A text argument of this form may name a variant.
_VARIANT = re.compile("[a-z_]{1,40}")

# Telegram languages whose users get Russian instead of English.
RUSSIAN_READERS = ("ru", "be", "uk", "kk")


class Phrases:
    """Texts in one language. An unknown key or a missing argument raises LookupError, so no raw key is ever shown."""

    def __init__(self, language: str, messages: "_Messages") -> None:
        self.language = language
        self._messages = messages
        # Most calls repeat one before. Typed, because 1 and 1.0 are equal.
        self._format = lru_cache(_CACHED, typed=True)(self._format_again)

    def __call__(self, key: str, **arguments: Argument) -> str:
        """Return Telegram's HTML. Text arguments are escaped here and nowhere else."""
        escaped = {
            name: html.escape(value) if isinstance(value, str) else value
            for name, value in arguments.items()
        }
        return self.plain(key, **escaped)

    def plain(self, key: str, **arguments: Argument) -> str:
        """Return text for buttons, menus and alerts, which have no markup."""
        # A marker replaces a text: Fluent limits text arguments to 2,500 characters, and prompts may be longer.
        marked = [
            f"\ue000{name}\ue000"
            if isinstance(value, str) and not _VARIANT.fullmatch(value)
            else value
            for name, value in arguments.items()
        ]
        text = self._format(key, tuple(arguments), *marked)
        return _MARK.sub(lambda mark: str(arguments[mark[1]]), text) if arguments else text

    def _format_again(self, key: str, names: tuple[str, ...], *values: Argument) -> str:
        pattern = self._messages.pattern(key)
        if pattern is None:
            raise LookupError(f"{self.language}: no text {key!r}")
        arguments = dict(zip(names, values, strict=True))
        text, errors = self._messages.bundle.format_pattern(pattern, arguments)
        if errors:
            raise LookupError(f"{self.language}: cannot format {key!r}") from errors[0]
        return str(text)


class Texts:
    """All languages; each folder of `locales` is one, named by its IETF tag."""

    def __init__(self, locales: Path = LOCALES) -> None:
        self._phrases = {
            folder.name: Phrases(folder.name, _messages(folder))
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


class _Messages:
    """The messages of a language. Each is parsed when it is first used: all of them take 0.1 s and 4 MB."""

    def __init__(self, folder: Path) -> None:
        # Imported here: webhook_app shows texts in its dashboard only.
        from fluent.runtime import FluentBundle

        # Isolating marks are invisible, but count as characters and are copied with ids and prompts.
        self.bundle = FluentBundle([folder.name], use_isolating=False)
        self._unparsed = {
            name[0]: entry
            for file in sorted(folder.glob("*.ftl"))
            for entry in _ENTRIES.split(file.read_text(encoding="utf-8"))
            if (name := _NAME.match(entry))
        }

    def pattern(self, key: str) -> Any:
        """Return what `bundle` formats, None if there is no such message."""
        self._parse(key)
        return self.bundle.get_message(key).value if self.bundle.has_message(key) else None

    def _parse(self, key: str) -> None:
        """Parse a message after those that it contains. Threads may do that at the same time."""
        from fluent.runtime import FluentResource

        if entry := self._unparsed.get(key):
            for reference in _REFERENCE.findall(entry):
                self._parse(reference)
            self.bundle.add_resource(FluentResource(entry))
            self._unparsed.pop(key, None)


_messages = cache(_Messages)  # each queue of a worker has its own Texts
