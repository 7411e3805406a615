"""Jobs that a worker has made over the fake of fal, compared with the fake's bills."""

import time

import pytest
from PIL import Image

from infra.fal.billing_events import BillingEvents
from infra.fal.models.platform import ONCE, Platform
from tests.infra.pictures import encoded
from tests.worker.generation.ordering import Order
from tests.worker.generation.test_reprice import LARGE
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger, day
from worker.limits.limits import UNLIMITED
from worker.model import Status
from worker.operations.reconcile import Reconciler
from worker.operations.reconciliation import DifferenceKind

pytestmark = pytest.mark.slow

SCHNELL, UPSCALE = "fal-ai/flux/schnell", "fal-ai/seedvr/upscale/image"


async def test_jobs_and_bills_agree(order: Order) -> None:
    """Results, a failure that fal bills and one that it does not, an alias, and a deleted job; no bill is unknown."""
    # The first charge would leave an hour for an upgrade.
    await order.redis.set("darkroom:charges-since", str(int(time.time() * 1000)))
    given = await order.document(encoded(Image.new("L", LARGE)))
    alias = f"{order.world.fal_url}/models/fal-ai/flux/dev"
    (await order.world.http.patch(alias, json={"bill_as": "fal-ai/nano-banana"})).raise_for_status()
    jobs = [
        await order.make(SCHNELL, cost=0.003),
        await order.make("fal-ai/flux/dev", cost=0.025),
        await order.make(SCHNELL, prompt="a red cat #nsfw", cost=0.003),
        await order.make(SCHNELL, prompt="a red cat #empty", cost=0.003),
        await order.make(UPSCALE, given, options={"scale": 2}, cost=0.02),
    ]
    await order.world.http.delete(f"{order.world.fal_url}/models")
    done = [job for job in jobs if job.status is Status.DONE]
    assert len(done) >= 3
    assert await JobStore(order.redis, UNLIMITED, time.time).delete(done[0])
    platform = Platform(
        order.world.http,
        base_url=order.world.fal_url,
        api_key="admin-sandbox:key",
        retry=ONCE,
    )
    today = day(time.time())
    made = await Reconciler(order.redis, BillingEvents(platform)).reconcile(today)
    assert made.differences == ()
    assert made.jobs == len(jobs)
    spent = (await Ledger(order.redis).read()).total.dollars
    assert made.counted == pytest.approx(spent)
    assert made.billed == pytest.approx(spent)

    # The same account's next request comes from another program.
    foreign = await order.world.http.post(
        f"{order.world.fal_url}/{SCHNELL}",
        json={"prompt": "a red cat"},
        headers={"Authorization": "Key sandbox:key"},
    )
    request_id = foreign.raise_for_status().json()["request_id"]
    for _ in range(100):
        made = await Reconciler(order.redis, BillingEvents(platform)).reconcile(today)
        if made.differences:
            break
    (difference,) = made.differences
    assert (difference.kind, difference.request_id) == (DifferenceKind.UNKNOWN, request_id)


async def test_bills_during_an_upgrade_are_no_differences(order: Order) -> None:
    """For an hour after the first charge, jobs of the version before may be billed that no charge names."""
    before = time.time()
    await order.make(SCHNELL, cost=0.003)
    since = await Ledger(order.redis).charges_since()
    assert since
    assert before + 3600 <= since <= time.time() + 3600
