"""The price of a job whose input image is measured only after the order."""

import pytest
from arq.connections import ArqRedis
from PIL import Image

from infra.settings import Settings
from infra.storage.store import Storage
from tests.infra.pictures import encoded
from tests.user import User
from tests.worker.generation.lives import Life
from tests.worker.generation.ordering import Order
from tests.worker.generation.world import World
from worker.limits.ledger import Ledger
from worker.limits.limits import UNLIMITED, Limit, LimitStore
from worker.model import Status

pytestmark = pytest.mark.slow

UPSCALE = "fal-ai/clarity-upscaler"
LARGE = (2048, 1536)
# Twice the sides makes 12 megapixels, at $0.03 each.
COST = 0.36


@pytest.fixture
def order(
    redis: ArqRedis, world: World, next_worker: Life, user: User, settings: Settings
) -> Order:
    storage = Storage.open(settings.media_dir, settings.storage_url)
    return Order(redis, world, next_worker, user, storage)


async def test_measured_image_sets_the_price(order: Order) -> None:
    """An image of unknown size was booked as one megapixel; the ledger has the real price before the submit."""
    given = await order.document(encoded(Image.new("L", LARGE)))
    job = await order.make(UPSCALE, given, options={"scale": 2}, cost=0.12)
    assert (job.status, job.cost) == (Status.DONE, COST)
    assert job.request.pictures[0].pixels == LARGE[0] * LARGE[1]
    total = (await Ledger(order.redis).read()).total
    assert (total.jobs, total.dollars) == (1, COST)


@pytest.mark.parametrize("limit", [Limit.USER_DAILY_BUDGET, Limit.TEAM_DAILY_BUDGET])
async def test_job_over_budget_is_not_submitted(order: Order, limit: Limit) -> None:
    """The budget had room for the expected price; the user reads the real one, and nothing is spent."""
    await LimitStore(order.redis, UNLIMITED).set(limit, 0.3)
    paid_before = await order.world.paid()
    given = await order.document(encoded(Image.new("L", LARGE)))
    job = await order.make(UPSCALE, given, options={"scale": 2}, cost=0.12)
    assert (job.status, job.failure, job.cost) == (Status.FAILED, "over_budget", 0)
    text = str((await order.user.last_from_bot())["text"])
    assert "the job costs $0.36" in text
    assert "nothing was spent" in text
    assert await order.world.paid() == paid_before
    assert (await Ledger(order.redis).read()).total.dollars == 0
