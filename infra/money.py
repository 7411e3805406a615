"""Formatting of US dollars, fal's currency. Most images cost a few thousandths of a dollar."""

from infra.i18n import Phrases

# From here on amounts have two decimals instead of three.
_LARGE = 0.1


def money(t: Phrases, dollars: float) -> str:
    """Return plain text such as $4.80, or $0.003 for a small amount."""
    rounded = round(dollars, 2 if dollars >= _LARGE else 3)
    if rounded == int(rounded):
        return t.plain("money-whole", dollars=int(rounded))
    return t.plain("money", dollars=rounded)
