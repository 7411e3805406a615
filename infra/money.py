"""Money in people's words: US dollars, in which fal counts. Most images cost a few thousandths of one."""

from infra.i18n import Phrases

# From here on nobody counts thousandths.
_LARGE = 0.1


def money(say: Phrases, dollars: float) -> str:
    """Plain text such as $4.80, or $0.003 for what is small."""
    rounded = round(dollars, 2 if dollars >= _LARGE else 3)
    if rounded == int(rounded):
        return say.plain("money-whole", dollars=int(rounded))
    return say.plain("money", dollars=rounded)
