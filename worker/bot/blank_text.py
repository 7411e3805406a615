"""Detection of characters that nobody sees. Pure."""

import re
import unicodedata

# Invisible letters, symbols and marks that Unicode does not class as spaces or controls:
# https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point, the blank Braille pattern, U+FFFC.
_INKLESS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\ufffc"
    "\U0001d159\U000e0000-\U000e0fff]"
)
_INKLESS_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


def is_blank(text: str) -> bool:
    """Tell whether the text has no visible character."""
    return all(map(_is_inkless, text))


def split_command(text: str) -> tuple[str, str]:
    """Split a text at its first spaces or other characters that nobody sees: a command and its arguments."""
    end = next((place for place, each in enumerate(text) if _is_inkless(each)), len(text))
    rest = (place for place in range(end, len(text)) if not _is_inkless(text[place]))
    return text[:end], text[next(rest, len(text)) :]


def _is_inkless(character: str) -> bool:
    is_known = unicodedata.category(character) in _INKLESS_CATEGORIES
    return is_known or _INKLESS.match(character) is not None
