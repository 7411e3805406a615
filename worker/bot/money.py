"""What an order is expected to cost."""

from infra.fal.models_map import model
from infra.fal.prices import estimate
from worker.jobs import Job, Request


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
