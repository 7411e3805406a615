"""Money in people's words. Dollars, for so fal counts; most pictures cost a few thousandths."""

from infra.fal.models_map import model
from infra.fal.prices import estimate
from worker.bot.texts import Phrases
from worker.jobs import Request

# From here on nobody counts thousandths.
_LARGE = 0.1


def money(say: Phrases, dollars: float) -> str:
    """Plain text such as $4.80, or $0.003 for what is small."""
    rounded = round(dollars, 2 if dollars >= _LARGE else 3)
    if rounded == int(rounded):
        return say.plain("money-whole", dollars=int(rounded))
    return say.plain("money", dollars=rounded)


def expected(request: Request) -> float:
    """What a request is expected to cost, in dollars."""
    return estimate(model(request.model), request.options)
