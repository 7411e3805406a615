"""Money in people's words. Dollars, for so fal counts; most pictures cost a few thousandths."""

from infra.fal.models_map import model
from infra.fal.prices import estimate
from infra.texts import Phrases
from worker.jobs import Job, Request

# From here on nobody counts thousandths.
_LARGE = 0.1


def money(say: Phrases, dollars: float) -> str:
    """Plain text such as $4.80, or $0.003 for what is small."""
    rounded = round(dollars, 2 if dollars >= _LARGE else 3)
    if rounded == int(rounded):
        return say.plain("money-whole", dollars=int(rounded))
    return say.plain("money", dollars=rounded)


def expected(request: Request, source: Job | None = None) -> float:
    """What a request is expected to cost, in dollars.

    `source` is the job that it goes on from; a picture from elsewhere is taken for one megapixel.
    """
    keys = {picture.key for picture in request.pictures}
    sizes = (
        [file.width * file.height for file in source.files if file.key in keys] if source else []
    )
    megapixels = max(sizes, default=1_000_000) / 1_000_000
    return estimate(model(request.model), request.options, megapixels=megapixels)
