"""Formatting of US dollars, fal's currency. Most images cost a few thousandths of a dollar."""

import math

from infra.i18n import Phrases

MICRO = 1_000_000  # per dollar
# From here on amounts have two decimals instead of three.
_LARGE = 0.1
#: The smallest amount that is not shown as nothing.
SMALLEST = 0.0005


def money(t: Phrases, dollars: float) -> str:
    """Return plain text such as $4.80, or $0.003 for a small amount."""
    rounded = round(dollars, 2 if dollars >= _LARGE else 3)
    if rounded == int(rounded):
        return t.plain("money-whole", dollars=int(rounded))
    return t.plain("money", dollars=rounded)


def money_left(t: Phrases, dollars: float) -> str:
    """Format what is left of a budget: rounded down, so that a budget of which something was spent is not whole."""
    digits = 2 if dollars >= _LARGE else 3
    # Millionths first: 0.29 * 100 is less than 29.
    millionths = round(max(0.0, dollars) * MICRO)
    return money(t, math.floor(millionths / 10 ** (6 - digits)) / 10**digits)
