"""The ledger against fal's billing events, over many orders of mixed kinds."""

import random
from collections import Counter
from typing import Any

import pytest
from PIL import Image

from tests.fal_process import bills
from tests.infra.pictures import encoded
from tests.worker.generation.ordering import Order
from worker.bot.views.money_format import repeated
from worker.limits.ledger import Ledger
from worker.limits.limits import UNLIMITED, Limit, LimitStore, OrderRefused
from worker.model import Kind, Picture, Request, Status

pytestmark = pytest.mark.slow

ORDERS, AT_ONCE = 100, 5
BUDGET = 0.4
SCHNELL = "fal-ai/flux/schnell"
FROM_IMAGE = ("fal-ai/nano-banana/edit", "fal-ai/flux/dev/image-to-image")
UPSCALES = ("fal-ai/seedvr/upscale/image", "fal-ai/clarity-upscaler")
PROMPTS = ("a red cat", "a red cat", "a red cat #nsfw", "a red cat #empty", "a red cat #black")


async def test_ledger_and_fal_agree_to_the_cent(order: Order) -> None:
    """Images of unknown sizes, failures that fal bills and others; no budget is overrun, many orders are refused."""
    await LimitStore(order.redis, UNLIMITED).set(Limit.USER_DAILY_BUDGET, BUDGET)
    before = await bills(order.world.http, order.world.fal_url)
    sizes = ((300, 200), (900, 700), (1400, 1200))
    pictures = [await order.document(encoded(Image.new("L", size))) for size in sizes]
    choose = random.Random(15)  # noqa: S311 - a repeatable mix
    outcomes: Counter[str] = Counter()
    for _ in range(0, ORDERS, AT_ONCE):
        jobs = []
        for _ in range(AT_ONCE):
            model, given, changes = _chosen(choose, pictures)
            try:
                jobs.append(
                    await order.place(model, *given, cost=_cost(model, given, changes), **changes)
                )
            except OrderRefused as refusal:
                outcomes[refusal.reason] += 1
        await order.worker.live()
        for job in jobs:
            ended = await order.finish(job)
            outcomes[ended.failure or ended.status] += 1
        account = await Ledger(order.redis).read()
        assert account.total.dollars <= BUDGET
    billed = await bills(order.world.http, order.world.fal_url) - before
    spent = {name: round(usage.dollars * 1_000_000) for name, usage in account.models.items()}
    assert {name: sum_ for name, sum_ in spent.items() if sum_} == dict(billed)
    assert sum(outcomes.values()) == ORDERS
    assert {Status.DONE, "moderation", "nothing_made"} <= outcomes.keys()
    assert outcomes["user_daily_budget"]


def _chosen(
    choose: random.Random, pictures: list[Picture]
) -> tuple[str, list[Picture], dict[str, Any]]:
    prompt = choose.choice(PROMPTS)
    match choose.randrange(3):
        case 0:
            options = {"count": choose.randint(1, 4), "size": "square"}
            return SCHNELL, [], {"prompt": prompt, "options": options}
        case 1:
            return choose.choice(FROM_IMAGE), [choose.choice(pictures)], {"prompt": prompt}
        case _:
            changes = {"prompt": "", "options": {"scale": 2}}
            return choose.choice(UPSCALES), [choose.choice(pictures)], changes


def _cost(model: str, given: list[Picture], changes: dict[str, Any]) -> float:
    """Return the price as an order books it, before the images are measured."""
    request = Request(
        kind=Kind.IMAGE,
        user_id=1,
        chat_id=1,
        message_id=1,
        language="en",
        model=model,
        pictures=tuple(given),
        **changes,
    )
    return repeated(request) or 0
