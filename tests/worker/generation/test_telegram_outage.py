"""Outages of Telegram never fail a job: a stored result waits for their end, and comes at most twice."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest

from infra.retry import RetryPolicy
from infra.telegram.delivery import Delivery
from infra.telegram.outcomes import Unavailable
from tests.message import words
from tests.worker.generation.lives import Point, begin, kill_at
from tests.worker.generation.stored import Stored, received
from worker.generation import send_attempts
from worker.model import UNSENT, Status, Undelivered

pytestmark = pytest.mark.slow

PAGE = "<html><center><h1>502 Bad Gateway</h1></center></html>"
#: The answer to every call, none of which is carried out.
AWAY: Mapping[str, Mapping[str, Any]] = {
    "a proxy's page": {"status": 502, "body": PAGE},
    "a page that says too large": {"status": 413, "body": PAGE},
    "an empty body": {"status": 500, "body": ""},
    "an error of the server's": {"status": 500},
    "a token that is being changed": {"status": 401},
    "connections that break": {"drop": True},
    "a long flood": {"status": 429, "retry_after": 245},
}


@pytest.mark.parametrize("fault", AWAY.values(), ids=AWAY.keys())
async def test_outage_of_any_kind_delays_a_result(stored: Stored, fault: Mapping[str, Any]) -> None:
    """Ten failed calls do not count against the job; it is sent once when they are over."""
    job = await stored.make()
    await stored.disturb("*", exclude=["getUpdates"], times=10, **fault)
    done = await stored.finish(job)
    assert (done.status, done.tries, done.undelivered) == (Status.DONE, 0, None)
    assert await received(stored.user) == {"photo": 1}
    assert not await stored.redis.exists("darkroom:dead-letters")


#: How a response is lost after the photo was sent.
LOST: Mapping[str, Mapping[str, Any]] = {
    "a proxy's page": {"status": 502, "body": PAGE},
    "an error of the server's": {"status": 500},
    "a connection that breaks": {"drop": True},
    "a body that is cut": {"status": 200, "cut": True},
    "an empty body": {"status": 200, "body": ""},
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
async def test_lost_response_repeats_a_result_once(
    stored: Stored, fault: Mapping[str, Any]
) -> None:
    """It may have been sent: a repetition is better than a loss."""
    await stored.disturb("sendPhoto", after=True, **fault)
    done = await stored.send()
    assert (done.status, done.undelivered) == (Status.DONE, None)
    assert (await received(stored.user))["photo"] == 2


async def test_lost_responses_repeat_a_result_once_in_ten_minutes(stored: Stored) -> None:
    """Answers to calls of other kinds prove nothing about this one; its user gets a message that says where it is."""
    job = await stored.make()
    await stored.jobs.update_fields(job.id, card_missing=UNSENT)
    await stored.disturb("sendPhoto", after=True, status=502, body=PAGE, times=100)
    async with begin(stored.settings) as life:
        for _ in range(9):
            await life.live_a_minute()
        waiting = await stored.read(job)
        assert (await received(stored.user))["photo"] == 2
        assert waiting.status in {Status.COLLECTED, Status.DELIVERING}
        assert "/my" in words(await stored.user.last_from_bot())
        await stored.calm()
        await life.live()
    assert (await stored.read(job)).undelivered is None
    assert (await received(stored.user))["photo"] == 3


@pytest.mark.parametrize("becomes_card", [False, True], ids=["a message", "a job message"])
async def test_accepted_image_ends_the_wait(stored: Stored, *, becomes_card: bool) -> None:
    """Then the ten minutes are not waited for. It does not matter whether it was sent or replaced a job message."""
    first = await stored.make()
    await stored.disturb("sendPhoto", after=True, status=502, times=2)
    async with begin(stored.settings) as life:
        for _ in range(3):
            await life.live_a_minute()
        assert (await stored.read(first)).status is not Status.DONE
        second = await stored.make()
        if becomes_card:
            await stored.card(second)
        for _ in range(3):
            await life.live_a_minute()
    assert (await stored.read(first)).status is Status.DONE
    assert (await received(stored.user))["photo"] == 4


async def test_worker_death_counts_as_a_lost_response(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A death and a lost response together repeat no more than one of them."""
    job = await stored.make()
    await stored.disturb("sendPhoto", after=True, status=502, body=PAGE, times=100)
    point = Point("it is sent, nobody knows", Delivery, "send_results", after=True)
    async with begin(stored.settings) as worker:
        with monkeypatch.context() as patch:
            patch.setattr(Delivery, "send_results", _unheard(Delivery.send_results))
            kill_at(point, worker, patch)
            await worker.live()
        assert worker.is_over
    async with begin(stored.settings) as worker:
        for _ in range(7):
            await worker.live_a_minute()
    assert (await received(stored.user))["photo"] == 2
    assert len((await stored.read(job)).send_attempts) == 2


def _unheard(send: Any) -> Any:
    async def send_unheard(*arguments: Any, **named: Any) -> None:
        with suppress(Unavailable):
            await send(*arguments, **named)

    return send_unheard


async def test_sends_are_limited(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the end the job is done, and its user reads that the result may be above, and is in /my."""
    monkeypatch.setattr(send_attempts, "UNPROVEN", RetryPolicy(first=1, longest=60))
    await stored.disturb("sendPhoto", after=True, status=502, body=PAGE, times=100)
    done = await stored.send()
    assert (done.status, done.undelivered) == (Status.DONE, Undelivered.UNCONFIRMED)
    assert (await received(stored.user))["photo"] == send_attempts.MOST
    assert "/my" in words(await stored.user.last_from_bot())


async def test_end_message_is_repeated_once_in_ten_minutes(stored: Stored) -> None:
    """It is a message like any other."""
    job = await stored.make()
    await stored.jobs.move(job, None, Status.FAILED, due=0, failure="busy")
    await stored.disturb("sendMessage", after=True, status=502, body=PAGE, times=100)
    async with begin(stored.settings) as life:
        for _ in range(9):
            await life.live_a_minute()
    assert await received(stored.user) == {"text": 2}


async def test_album_buttons_are_repeated_once_in_ten_minutes(stored: Stored) -> None:
    """The album itself is recorded, and not sent again."""
    await stored.make(2)
    await stored.disturb("sendMessage", after=True, status=502, body=PAGE, times=100)
    async with begin(stored.settings) as life:
        for _ in range(9):
            await life.live_a_minute()
    assert await received(stored.user) == {"photo": 2, "buttons": 2}
