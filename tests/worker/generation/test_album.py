"""Several images as an album, then a message with the buttons, which an album cannot have."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from arq.connections import ArqRedis

from infra.fal.model import Work
from infra.settings import Settings
from infra.telegram.delivery import Delivery
from infra.telegram.outcomes import Postponed, TelegramOutcome
from tests.user import User, buttons, words
from tests.worker.generation.lives import Life, Point, begin, kill_at
from tests.worker.generation.test_deliver import job_of
from tests.worker.generation.world import World
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Status
from worker.users.store import UserStore

pytestmark = pytest.mark.slow

BUTTONS = "What next?"


async def ask_for_two(world: World, redis: ArqRedis, user: User) -> None:
    await UserStore(redis).remember(user.id, Work.IMAGE, {"count": 2})
    await user.say("/image a boat")
    await world.enqueue(redis)


async def work(settings: Settings) -> None:
    async with begin(settings) as life:
        await life.live()


async def shown(user: User) -> Counter[str]:
    """Return the numbers of images and of messages with buttons."""
    found = await user.from_bot()
    photos = ["photo" for message in found if "photo" in message]
    return Counter(photos + ["buttons" for message in found if words(message) == BUTTONS])


def refuse_once(monkeypatch: pytest.MonkeyPatch, outcome: TelegramOutcome) -> None:
    """Refuse the buttons the first time, and never the job's card."""
    answers, send = [outcome], Delivery.send_card

    async def refuse(*arguments: Any) -> int:
        if answers:
            raise answers.pop()
        return await send(*arguments)

    monkeypatch.setattr(Delivery, "send_card", refuse)


async def test_album_is_followed_by_its_buttons(
    world: World, settings: Settings, redis: ArqRedis, user: User
) -> None:
    """All replies go to the order; each image leads to its job, and its Telegram file id is stored."""
    await ask_for_two(world, redis, user)
    await work(settings)
    job = await job_of(JobStore(redis, Limits(), time.time), user)
    *_, first, second, below = await user.from_bot()
    assert any(button["text"].startswith("🔁 Again") for button in buttons(below))
    assert not buttons(first)
    assert job.sent_message_ids == tuple(each["message_id"] for each in (first, second, below))
    answered = {each["reply_to_message"]["message_id"] for each in (first, second, below)}
    assert answered == {job.request.message_id}
    index = MessageIndex(redis)
    found = [await index.find(user.id, each["message_id"]) for each in (first, second)]
    assert found == [ResultRef(job.id, 0), ResultRef(job.id, 1)]
    assert [file.file_id for file in job.files] == [
        each["photo"][-1]["file_id"] for each in (first, second)
    ]


#: Where a worker dies, and how many images and messages with buttons there are in the end.
DEATHS: Mapping[Point, Mapping[str, int]] = {
    # Telegram has no idempotency key: what may have been sent is sent again.
    Point(
        "the album is sent, that is not recorded",
        JobStore,
        "update_fields",
        given="sent_message_ids",
    ): {
        "photo": 4,
        "buttons": 1,
    },
    Point("its buttons are not sent", Delivery, "send_card"): {"photo": 2, "buttons": 1},
    Point("its buttons are sent, that is not recorded", Delivery, "send_card", after=True): {
        "photo": 2,
        "buttons": 2,
    },
    Point("it has ended", JobStore, "end", after=True, given=Status.DONE): {
        "photo": 2,
        "buttons": 1,
    },
}


@pytest.mark.parametrize(("point", "expected"), DEATHS.items(), ids=str)
async def test_worker_death_within_an_album_loses_nothing(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    next_worker: Life,
    monkeypatch: pytest.MonkeyPatch,
    point: Point,
    expected: Mapping[str, int],
) -> None:
    """The album or its buttons come at most twice."""
    await ask_for_two(world, redis, user)
    async with begin(settings) as worker:
        kill_at(point, worker, monkeypatch)
        await worker.live()
        assert worker.is_over
    await next_worker.live()
    assert await shown(user) == expected, await user.transcript()
    assert (await job_of(JobStore(redis, Limits(), time.time), user)).status is Status.DONE


async def test_delayed_buttons_repeat_no_image(
    world: World,
    settings: Settings,
    redis: ArqRedis,
    user: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The album counts as sent; only the missing buttons are sent later."""
    await ask_for_two(world, redis, user)
    refuse_once(monkeypatch, Postponed(0))
    await work(settings)
    assert await shown(user) == {"photo": 2, "buttons": 1}
