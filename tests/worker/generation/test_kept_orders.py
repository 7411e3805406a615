"""Kept orders over both fakes: they start by themselves, also when workers die, and end when they wait too long."""

import time
from typing import Any

import pytest
from arq.connections import ArqRedis

from infra.settings import Settings
from tests.message import labels
from tests.user import Message, User, words
from tests.worker.generation.lives import Life, Point, begin, kill_at
from tests.worker.generation.world import World
from worker.generation.kept_orders import waits_until
from worker.jobs.store import JobStore
from worker.limits.ledger import DAY_SECONDS, Ledger
from worker.limits.limits import UNLIMITED, Limit, Limits, LimitStore, Reason
from worker.model import Job, Kept, Status
from worker.queues.inbox import Inbox

pytestmark = pytest.mark.slow

QUEUE = {"ru": "⏳ Поставить в очередь", "en": "⏳ Add to the queue"}
LATER = {"ru": "⏳ Повторить, когда можно", "en": "⏳ Repeat when possible"}


class Customer:
    """A user of a worker, and the user's jobs."""

    def __init__(self, world: World, redis: ArqRedis, user: User) -> None:
        self.world = world
        self.redis = redis
        self.user = user
        self.jobs = JobStore(redis, Limits(), time.time)

    async def say(self, life: Life, text: str) -> Message:
        await self.user.say(text)
        return await self.answered(life)

    async def press(self, life: Life, message: Message, label: str) -> None:
        await self.user.press(message, next(one for one in labels(message) if label in one))
        await self.answered(life)

    async def answered(self, life: Life) -> Message:
        """Let the worker handle the update, and nothing else."""
        await self.world.enqueue(self.redis)
        await life.work["drain"](str(self.user.id))
        return await self.user.last_from_bot()

    async def newest(self) -> Job:
        return (await self.jobs.page(user_id=self.user.id, limit=1)).jobs[0]

    async def read(self, job: Job) -> Job:
        found = await self.jobs.get(job.id)
        assert found
        return found

    async def limit(self, name: Limit, value: float) -> None:
        await LimitStore(self.redis, UNLIMITED).set(name, value)

    async def live_until(self, life: Life, job: Job, *statuses: Status) -> Job:
        for _ in range(100):
            await life.live_a_minute()
            if (now := await self.read(job)).status in statuses:
                return now
        raise AssertionError(await self.read(job))


@pytest.fixture
async def customer(world: World, redis: ArqRedis, user: User) -> Customer:
    return Customer(world, redis, user)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_queued_order_becomes_its_result(
    customer: Customer, next_worker: Life, user: User, language: str
) -> None:
    """After the end of the job before it, without another press; the refusal is its card, the price is counted once."""
    await customer.say(next_worker, "/lang")
    await customer.press(
        next_worker, await user.last_from_bot(), {"ru": "Русский", "en": "English"}[language]
    )
    await customer.limit(Limit.USER_MAX_JOBS, 1)
    await customer.say(next_worker, "/image a house")
    first = await customer.newest()
    refusal = await customer.say(next_worker, "/image a lighthouse")
    await customer.press(next_worker, refusal, QUEUE[language])
    kept = await customer.newest()
    assert kept.kept
    assert kept.progress_message_id == refusal["message_id"]
    await customer.live_until(next_worker, kept, Status.DONE)
    assert (await customer.read(first)).status is Status.DONE
    results = [message for message in await user.from_bot() if "photo" in message]
    assert len(results) == 2, await user.transcript()
    spent = (await Ledger(customer.redis).read()).users[user.id]
    assert spent.jobs == 2
    assert spent.dollars == pytest.approx(0.006)


async def test_result_of_a_long_wait_is_a_new_message(
    customer: Customer, next_worker: Life, user: User
) -> None:
    """It notifies: the user ordered it long ago, although the job itself was quick. The card is deleted."""
    await customer.limit(Limit.USER_MAX_JOBS, 1)
    await customer.say(next_worker, "/image a house")
    refusal = await customer.say(next_worker, "/image a lighthouse")
    await customer.press(next_worker, refusal, "⏳ ")
    kept = await customer.newest()
    await customer.jobs.update_fields(kept.id, kept_at=time.time() - 3600)
    done = await customer.live_until(next_worker, kept, Status.DONE)
    assert done.created_at > time.time() - 60
    result = (await user.from_bot())[-1]
    assert "photo" in result
    assert result["message_id"] > refusal["message_id"]


async def test_order_for_another_job_starts_after_its_end(
    customer: Customer, next_worker: Life, user: User
) -> None:
    """One press cancels the unsent job and starts the order; only that one is paid."""
    paid = await customer.world.paid()
    await customer.limit(Limit.USER_MAX_JOBS, 1)
    await customer.say(next_worker, "/image a house")
    first = await customer.newest()
    refusal = await customer.say(next_worker, "/image a lighthouse")
    await customer.press(next_worker, refusal, "✖️ ")
    await customer.live_until(next_worker, await customer.newest(), Status.DONE)
    assert (await customer.read(first)).status is Status.CANCELLED
    assert await customer.world.paid() - paid == 1


POINTS = (
    Point("the press is taken, nothing is kept", JobStore, "create", given="keep_for"),
    Point("the order is kept, not shown", JobStore, "create", given="keep_for", after=True),
    Point("its message is recorded", JobStore, "update_fields", given="progress_message_id"),
    Point("the press is handled, not finished", Inbox, "finish"),
    Point("the order is accepted, not started", JobStore, "start_kept"),
    Point("the order has started", JobStore, "start_kept", after=True),
    Point("no intent is stored", JobStore, "begin", given=Status.SUBMITTING),
    Point("the response is stored", JobStore, "move", given=Status.QUEUED, after=True),
)


@pytest.mark.parametrize("point", POINTS, ids=str)
async def test_kill_point_starts_a_kept_order_once(
    settings: Settings,
    customer: Customer,
    next_worker: Life,
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    point: Point,
) -> None:
    """The next worker starts it: kept once, paid once, sent once."""
    await customer.limit(Limit.USER_DAILY_BUDGET, 0.001)
    await customer.limit(Limit.USER_DAILY_BUDGET, 0.004)
    await customer.say(next_worker, "/image a house")
    first = await customer.newest()
    refusal = await customer.say(next_worker, "/image a lighthouse")
    await customer.live_until(next_worker, first, Status.DONE)
    paid = await customer.world.paid()
    await user.press(refusal, next(iter(labels(refusal))))
    await customer.world.enqueue(customer.redis)
    async with begin(settings) as worker:
        kill_at(point, worker, monkeypatch)
        await _live_some(worker)
        await customer.limit(Limit.USER_DAILY_BUDGET, 1)
        await _live_some(worker)
        assert worker.is_over
    await next_worker.live()
    jobs = (await customer.jobs.page(user_id=user.id)).jobs
    assert [job.status for job in jobs] == [Status.DONE] * 2, await user.transcript()
    assert await customer.world.paid() - paid == 1
    assert len([message for message in await user.from_bot() if "photo" in message]) == 2
    spent = (await Ledger(customer.redis).read()).users[user.id]
    assert spent.jobs == 2
    assert spent.dollars == pytest.approx(0.006)


@pytest.mark.parametrize(
    ("name", "days"),
    [(Limit.USER_MAX_JOBS, 1.01), (Limit.USER_DAILY_BUDGET, 2.01), (Limit.TEAM_MONTHLY_BUDGET, 33)],
)
async def test_order_that_waits_too_long_ends(
    customer: Customer, next_worker: Life, user: User, name: Limit, days: float
) -> None:
    """Its card says so, with a button that orders it again; nothing was counted for it."""
    paid = await customer.world.paid()
    kept = await _keep(customer, next_worker, name)
    await customer.live_until(next_worker, kept, Status.CREATED)
    assert kept.kept
    since = kept.kept.since - days * DAY_SECONDS
    await customer.jobs.update_fields(kept.id, kept=kept.kept.model_copy(update={"since": since}))
    ended = await customer.live_until(next_worker, kept, Status.FAILED)
    assert (ended.failure, ended.cost, ended.kept) == ("waited_too_long", 0, None)
    assert await customer.jobs.kept_ids(user.id) == []
    card = next(
        message
        for message in await user.from_bot()
        if message["message_id"] == kept.progress_message_id
    )
    assert "waited too long" in words(card)
    assert len(labels(card)) == 1
    assert await customer.world.paid() - paid <= 1


async def test_order_that_became_dearer_asks_first(
    customer: Customer, next_worker: Life, settings: Settings
) -> None:
    """More than a tenth above the shown price, and above what may be spent without a question."""
    kept = await _keep(customer, next_worker, Limit.USER_MAX_JOBS)
    assert kept.kept
    cheap = kept.kept.model_copy(update={"price": 0.001})
    await customer.jobs.update_fields(kept.id, kept=cheap)
    await customer.limit(Limit.USER_MAX_JOBS, 2)
    async with begin(settings.model_copy(update={"confirm_above": 0.002})) as careful:
        ended = await customer.live_until(careful, kept, Status.FAILED)
    assert (ended.failure, ended.cost) == ("price_rose", 0)


async def test_order_of_a_user_without_access_ends(
    customer: Customer, next_worker: Life, settings: Settings
) -> None:
    """An admin has removed the user: nothing is ordered any more."""
    kept = await _keep(customer, next_worker, Limit.USER_MAX_JOBS)
    await customer.limit(Limit.USER_MAX_JOBS, 2)
    closed = settings.model_copy(update={"tg_allowed_user_ids": frozenset({1})})
    async with begin(closed) as life:
        ended = await customer.live_until(life, kept, Status.CANCELLED)
    assert ended.cost == 0


@pytest.mark.parametrize("reason", list(Reason))
def test_wait_is_bounded(reason: Reason) -> None:
    """By a day and the restart of the budget, at most five weeks."""
    since = time.time()
    waits = waits_until(Kept(reason=reason, since=since)) - since
    assert DAY_SECONDS <= waits <= 33 * DAY_SECONDS


async def _keep(customer: Customer, life: Life, name: Limit) -> Job:
    """Let an order be refused for this limit, and keep it."""
    value: Any = 1 if name is Limit.USER_MAX_JOBS else 0.004
    await customer.limit(name, value)
    await customer.say(life, "/image a house #stuck")
    refusal = await customer.say(life, "/image a lighthouse")
    await customer.press(life, refusal, "⏳ ")
    kept = await customer.newest()
    assert kept.kept
    return kept


async def _live_some(life: Life) -> None:
    for _ in range(15):
        if life.is_over:
            return
        try:
            await life.live_a_minute()
        except BaseException:
            if not life.is_over:
                raise
