"""Text that no translation may change: inscriptions, links, names in Latin letters, numbers with their units."""

import re
from dataclasses import dataclass

# Without "с" and "к": after a number they are mostly prepositions.
_UNITS = (
    r"%|°\s?[CFСcf]?|₽|\$|€|px|пикс\w*|мп|мм|см|дм|км|м|мл|л|мг|кг|г|т|сек|мин|ч|шт|руб\w*|"
    r"лет|год[а]?|град\w*|дюйм\w*|метр\w*|литр\w*|сантиметр\w*|миллиметр\w*|километр\w*|"
    r"килограмм\w*|грамм\w*|секунд\w*|минут\w*|час(?:а|ов)?"
)
_NUMBER = rf"[+-]?\d+(?:[.,:x×х/–-]\d+)*(?:[кКМ](?!\w)|\s?(?:{_UNITS})(?!\w))?"
# A word is tried from its beginning only: from each of its letters would take quadratic time.
_LATIN = r"(?<!\w)\w*[A-Za-zÀ-ɏ][\w'’&+./-]*"
_EMAIL = r"(?<![\w.+-])[\w.+-]+@[\w.-]+\.\w+"
# What is written in capitals after these is an inscription without quotation marks.
_BEFORE_CAPITALS = "|".join(
    rf"(?<=(?i:{word}){sign})"
    for word in ("надпись", "надписью", "словом", "словами", "слово", "текст", "текстом")
    for sign in (" ", ": ")
)
# In this order: a quotation protects all that is in it. Between quotation marks of one kind are no others.
_PROTECTED = re.compile(
    "|".join(
        (
            r"«[^«»]*(?:«[^«»]*»[^«»]*)*»",
            r"“[^“”]*”",
            r"„[^„“”]*[“”]",
            r"‘[^‘’]*’(?!\w)",
            r"‹[^‹›]*›",
            r"「[^「」]*」|『[^『』]*』",
            r'"[^"]*"',
            r"``[^`]*``|`[^`]*`",
            r"(?<!\w)'[^'\n]*'(?!\w)",
            r"(?<!\w)’[^‘’\n]*’(?!\w)",
            r"(?:https?://|www\.)\S*[^\s.,;:!?)]",
            _EMAIL,
            r"[@#]\w+",
            r"--[\w-]+(?:=\S+)?",
            rf"(?:{_BEFORE_CAPITALS})[А-ЯЁ][А-ЯЁ\d !?.-]*[А-ЯЁ\d!?](?!\w)",
            rf"{_LATIN}(?:[ \t]+{_LATIN})*",
            _NUMBER,
        )
    )
)
_QUOTES = re.compile(r'[«»“”„‟‘‚‛‹›"`″‶〝〞〟＂❝❞「」『』]')
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
#: Signs around the number of a protected text, in a prompt for the language model.
_OPEN, _CLOSE = "⟦", "⟧"
_TOKEN = re.compile(r"⟦\s*(\d{1,6})\s*⟧")


@dataclass(frozen=True, slots=True)
class Protected:
    """A prompt with tokens such as ⟦1⟧ in place of its protected texts."""

    masked: str
    texts: tuple[str, ...]

    @property
    def is_russian(self) -> bool:
        """Whether something is left to translate."""
        return bool(_CYRILLIC.search(self.masked))

    def restore(self, answer: str) -> str | None:
        """Put the protected texts into a translation; None unless it has each token once, and no other one."""
        found = [int(number) for number in _TOKEN.findall(answer)]
        rest = _TOKEN.sub("", answer)
        if sorted(found) != list(range(1, len(self.texts) + 1)) or _has_token_sign(rest):
            return None
        return _TOKEN.sub(lambda token: self.texts[int(token[1]) - 1], answer)


def protect(text: str) -> Protected | None:
    """Return the text with tokens; None if it cannot be said where an inscription ends."""
    if _has_token_sign(text):
        return None
    texts: list[str] = []

    def replace(found: re.Match[str]) -> str:
        texts.append(found[0])
        return f"{_OPEN}{len(texts)}{_CLOSE}"

    masked = _PROTECTED.sub(replace, text)
    return None if _QUOTES.search(masked) else Protected(masked, tuple(texts))


def without_tokens(text: str) -> str:
    return _TOKEN.sub(" ", text)


def _has_token_sign(text: str) -> bool:
    return _OPEN in text or _CLOSE in text
