"""Calls of the prompt helper: their cost is in the ledger, and the budgets apply to them."""

from pathlib import Path

import pytest
from arq.connections import ArqRedis

from infra.storage.store import Storage
from tests.clock import Clock
from tests.worker.jobs.test_store import request
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger, Usage, day
from worker.limits.limits import UNLIMITED, Limit, LimitStore, OrderRefused, Reason
from worker.prompt_helper.charges import Charges, Purpose
from worker.users.erase.eraser import UserEraser
from worker.users.roles import Role
from worker.users.store import UserStore

ANN = 1
BUDGETS = [limit for limit in Limit if limit.is_money]


def charges(redis: ArqRedis, clock: Clock, **limits: float) -> Charges:
    return Charges(redis, UNLIMITED.changed(limits), clock)


async def test_a_call_counts_for_its_user_and_the_team(redis: ArqRedis, clock: Clock) -> None:
    """It is no job, and it is shown beside the models."""
    helper = charges(redis, clock)
    await helper.charge(ANN, 0.000_012, purpose=Purpose.TRANSLATION, request_id="r-1")
    await helper.charge(ANN, 0.002, purpose=Purpose.SPEECH, request_id="r-2")
    account = await Ledger(redis, clock).read()
    assert account.total == Usage(0, 0.002012)
    assert account.users == {ANN: Usage(0, 0.002012)}
    assert account.helper == Usage(2, 0.002012)
    assert account.helper_by_user == {ANN: 0.002012}
    assert account.models == {}


async def test_a_call_is_counted_once(redis: ArqRedis, clock: Clock) -> None:
    """A second report of the same request changes nothing; one without an id counts."""
    helper = charges(redis, clock)
    for request_id in ("r-1", "r-1", None):
        await helper.charge(ANN, 0.01, purpose=Purpose.TRANSLATION, request_id=request_id)
    assert (await Ledger(redis, clock).read()).helper == Usage(2, 0.02)


async def test_a_call_is_known_to_the_comparison_with_fal_s_bills(
    redis: ArqRedis, clock: Clock
) -> None:
    """Under fal's request id, without a job and without its user."""
    await charges(redis, clock).charge(ANN, 0.01, purpose=Purpose.TRANSLATION, request_id="r-1")
    today = day(clock())
    (charge,) = (await Ledger(redis, clock).charges([today]))[today]
    assert (charge.job_id, charge.request_id, charge.dollars) == (None, "r-1", 0.01)


@pytest.mark.parametrize("limit", BUDGETS)
async def test_no_call_is_made_over_a_budget(redis: ArqRedis, clock: Clock, limit: Limit) -> None:
    """Jobs and calls share each budget, and the refusal is that of an order."""
    await UserStore(redis).set_role(ANN, Role.GUEST)
    limits = UNLIMITED.changed({limit: 0.3})
    helper = Charges(redis, limits, clock)
    await JobStore(redis, limits, clock).create(request(ANN), "origin", cost=0.29)
    assert await helper.has_room(ANN)
    await helper.charge(ANN, 0.01, purpose=Purpose.TRANSLATION, request_id="r-1")
    assert not await helper.has_room(ANN)
    with pytest.raises(OrderRefused) as refused:
        await helper.check(ANN)
    assert (refused.value.reason, refused.value.used) == (Reason(limit), 0.3)
    with pytest.raises(OrderRefused):
        await JobStore(redis, limits, clock).create(request(ANN), "origin-2", cost=0.001)


async def test_no_call_is_made_during_a_pause(redis: ArqRedis, clock: Clock) -> None:
    """The admin's words are in the refusal."""
    await LimitStore(redis, UNLIMITED).pause("back at noon")
    with pytest.raises(OrderRefused) as refused:
        await charges(redis, clock).check(ANN)
    assert (refused.value.reason, refused.value.message) == (Reason.PAUSED, "back at noon")


async def test_an_erased_user_s_calls_stay_in_the_team_s_sum(
    redis: ArqRedis, clock: Clock, tmp_path: Path
) -> None:
    """Nothing names the user any more, and fal's bill for the call is still known."""
    await charges(redis, clock).charge(ANN, 0.01, purpose=Purpose.TRANSLATION, request_id="r-1")
    eraser = UserEraser(redis, Storage.open(tmp_path, None), JobStore(redis, UNLIMITED, clock), ANN)
    await eraser.delete(await eraser.find())
    account = await Ledger(redis, clock).read()
    assert (account.total, account.helper) == (Usage(0, 0.01), Usage(1, 0.01))
    assert (account.users, account.helper_by_user) == ({}, {})
    today = day(clock())
    assert [each.request_id for each in (await Ledger(redis, clock).charges([today]))[today]] == [
        "r-1"
    ]
