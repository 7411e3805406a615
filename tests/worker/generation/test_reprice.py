"""The price of a job whose input image is measured only after the order."""

import time

import pytest
from PIL import Image

from tests.infra.pictures import encoded
from tests.user import create_user
from tests.worker.generation.ordering import Order
from worker.jobs.fal_copies import fal_copies
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.limits import UNLIMITED, Limit, LimitStore
from worker.limits.slots import Slots
from worker.model import SetPurpose, Status

pytestmark = pytest.mark.slow

UPSCALE = "fal-ai/clarity-upscaler"
LARGE = (2048, 1536)
# Twice the sides makes 12 megapixels, at $0.03 each.
COST = 0.36


async def test_measured_image_sets_the_price(order: Order) -> None:
    """The ledger has the real price before the submit; a little more than was shown needs no press."""
    given = await order.document(encoded(Image.new("L", LARGE)))
    job = await order.make(UPSCALE, given, options={"scale": 2}, cost=0.33)
    assert (job.status, job.cost) == (Status.DONE, COST)
    assert job.request.pictures[0].pixels == LARGE[0] * LARGE[1]
    total = (await Ledger(order.redis).read()).total
    assert (total.jobs, total.dollars) == (1, COST)


@pytest.mark.parametrize(
    ("language", "button", "told"),
    [
        ("ru", "▶️ Продолжить · $0,36", "заказ стоит $0,36"),
        ("en", "▶️ Continue · $0.36", "the job costs $0.36"),
    ],
)
async def test_job_dearer_than_shown_needs_a_press(
    order: Order, language: str, button: str, told: str
) -> None:
    """An image of unknown size was booked as one megapixel: nothing is spent before a press at the real price."""
    async with await create_user(order.world.telegram_url, "Vera", language) as user:
        order.user = user
        paid_before = await order.world.paid()
        await user.say("/start")
        given = await order.document(encoded(Image.new("L", LARGE)))
        job = await order.make(UPSCALE, given, options={"scale": 2}, cost=0.12, language=language)
        assert (job.status, job.failure, job.cost) == (Status.FAILED, "price_rose", 0)
        assert await order.world.paid() == paid_before
        assert (await Ledger(order.redis).read()).total.dollars == 0
        assert await Slots(order.redis, UNLIMITED).count() == (0, 0)

        card = await user.last_from_bot()
        assert told in str(card["text"])
        await user.press(card, button)
        await order.world.enqueue(order.redis)
        await order.worker.live()
        again = (await JobStore(order.redis, UNLIMITED, time.time).page(limit=1)).jobs[0]
        assert again.id != job.id
        assert (again.status, again.cost) == (Status.DONE, COST)
        assert await order.world.paid() == paid_before + 1


async def test_job_below_the_confirmation_limit_goes_on(order: Order) -> None:
    """Cents need no press."""
    given = await order.document(encoded(Image.new("L", LARGE)))
    job = await order.make("fal-ai/seedvr/upscale/image", given, options={"scale": 2}, cost=0.004)
    assert job.status is Status.DONE


@pytest.mark.parametrize("limit", [Limit.USER_DAILY_BUDGET, Limit.TEAM_MONTHLY_BUDGET])
async def test_job_over_budget_is_not_submitted(order: Order, limit: Limit) -> None:
    """The budget had room for the expected price; the user reads the real one, and nothing is spent."""
    await LimitStore(order.redis, UNLIMITED).set(limit, 0.35)
    paid_before = await order.world.paid()
    given = await order.document(encoded(Image.new("L", LARGE)))
    job = await order.make(UPSCALE, given, options={"scale": 2}, cost=0.33)
    assert (job.status, job.failure, job.cost) == (Status.FAILED, "over_budget", 0)
    # Its image was uploaded, which a deletion says.
    assert fal_copies(job, time.time()).files
    text = str((await order.user.last_from_bot())["text"])
    assert "the job costs $0.36" in text
    assert "nothing was spent" in text
    assert "spent $0 of $0.35" in text
    assert "The budget starts over in" in text
    assert await order.world.paid() == paid_before
    assert (await Ledger(order.redis).read()).total.dollars == 0


async def test_confirmation_limit_is_for_a_whole_set(order: Order) -> None:
    """One press has ordered two jobs that are cents each: together they cost more than may surprise."""
    given = await order.document(encoded(Image.new("L", (1024, 768))))
    # Twice the sides makes 3 megapixels, at $0.03 each; $0.03 was shown.
    job = await order.make(UPSCALE, given, options={"scale": 2}, cost=0.03)
    assert job.status is Status.DONE
    alone = job.request.model_copy(update={"pictures": (given,)})
    jobs = JobStore(order.redis, UNLIMITED, time.time)
    made = await jobs.create_set([(alone, 0.03)] * 2, "a press", SetPurpose.COMPARE)
    for each in made:
        ended = await order.finish(each)
        assert (ended.status, ended.failure, ended.cost) == (Status.FAILED, "price_rose", 0)
