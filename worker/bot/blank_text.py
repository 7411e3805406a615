"""Detection of texts without a visible character. Pure."""

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
    return all(
        unicodedata.category(character) in _INKLESS_CATEGORIES
        for character in _INKLESS.sub("", text)
    )
