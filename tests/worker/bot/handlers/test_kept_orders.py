"""Refused orders: the buttons that keep them, and the message that becomes their card."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiogram.types import BufferedInputFile, InputMediaPhoto
from arq.connections import ArqRedis

from tests.infra.sandbox.telegram.samples import picture
from tests.user import Message, User, words
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.test_forged_callbacks import press
from worker.bot.callback_data import KeepOrder
from worker.jobs.scripts import MOST_KEPT
from worker.limits.limits import UNLIMITED, Limit, LimitStore
from worker.model import Job, Status

QUEUE = {"ru": "⏳ Поставить в очередь", "en": "⏳ Add to the queue"}
LATER = {"ru": "⏳ Повторить, когда можно", "en": "⏳ Repeat when possible"}
INSTEAD = {"ru": "✖️ Отменить «a house»", "en": "✖️ Cancel “a house”"}
WAITS = {"ru": "В очереди: начнётся само", "en": "In the queue: starts by itself"}


@pytest.fixture
async def user(conversation: Conversation, language: str) -> AsyncIterator[User]:
    async with await conversation.meet("Ben", language) as user:
        yield user


async def limit(redis: ArqRedis, name: Limit, value: float) -> None:
    await LimitStore(redis, UNLIMITED).set(name, value)


async def refuse(conversation: Conversation, redis: ArqRedis, user: User) -> Message:
    """Let a second order be refused because the first is under way; return the refusal."""
    await limit(redis, Limit.USER_MAX_JOBS, 1)
    await conversation.send_text(user, "/image a house")
    return await conversation.send_text(user, "/image a lighthouse")


async def test_busy_refusal_queues_the_order(
    conversation: Conversation, redis: ArqRedis, user: User, language: str
) -> None:
    """One press keeps the order; the refusal itself becomes its card, with a button that cancels it."""
    refusal = await refuse(conversation, redis, user)
    assert labels(refusal) == [QUEUE[language], INSTEAD[language]]
    sent = len(await user.from_bot())
    answer = await conversation.press(user, refusal, QUEUE[language])
    assert answer["text"]
    job = await conversation.job(user)
    assert (job.request.prompt, job.progress_message_id) == ("a lighthouse", refusal["message_id"])
    assert job.kept
    card = await conversation.look(user, refusal)
    assert WAITS[language] in words(card)
    assert "a lighthouse" in words(card) or job.request.quoted
    assert len(await user.from_bot()) == sent
    await conversation.press(user, card, "✖️ ")
    cancelled = await conversation.jobs.get(job.id)
    assert cancelled
    assert cancelled.cancel_requested


async def test_refused_choice_for_words_stays_one_message(
    conversation: Conversation, redis: ArqRedis, user: User, language: str
) -> None:
    """The offer becomes the refusal, and the refusal the card: its buttons cannot order the words a second time."""
    await limit(redis, Limit.USER_MAX_JOBS, 1)
    await conversation.send_text(user, "/image a house")
    offer = await conversation.send_text(user, "a lighthouse")
    sent = len(await user.from_bot())
    await conversation.press(user, offer, "🖼 ")
    refusal = await conversation.look(user, offer)
    assert labels(refusal) == [QUEUE[language], INSTEAD[language]]
    await conversation.press(user, refusal, QUEUE[language])
    assert WAITS[language] in words(await conversation.look(user, offer))
    assert (await conversation.job(user)).kept
    assert len(await user.from_bot()) == sent


@pytest.mark.slow
async def test_card_that_has_become_the_result_stays(
    conversation: Conversation, redis: ArqRedis, user: User, language: str
) -> None:
    """The answer to the edit that turned the refusal into the card came after the job's end."""
    refusal = await refuse(conversation, redis, user)
    await conversation.disturb("editMessageText", status=200, delay=2)
    pressed = asyncio.create_task(conversation.press(user, refusal, QUEUE[language]))
    await user.wait_for_text(WAITS[language])
    job, photo = await conversation.job(user), BufferedInputFile(picture(8, 8), "picture.png")
    place: dict[str, Any] = {"chat_id": user.id, "message_id": refusal["message_id"]}
    await conversation.bot.edit_message_media(InputMediaPhoto(media=photo), **place)
    sent: dict[str, Any] = {"sent_message_ids": [refusal["message_id"]], "delivered": 1}
    assert await conversation.jobs.move(job, {job.status}, Status.DONE, due=None, **sent)
    await pressed
    assert "photo" in await conversation.look(user, refusal)


async def test_busy_refusal_cancels_the_named_job(
    conversation: Conversation, redis: ArqRedis, user: User, language: str
) -> None:
    """The unsent job is to be cancelled, and the order waits for its end."""
    refusal = await refuse(conversation, redis, user)
    running = await first_job(conversation, user)
    await conversation.press(user, refusal, INSTEAD[language])
    job = await conversation.job(user)
    now = await conversation.jobs.get(running.id)
    assert now
    assert now.cancel_requested
    assert job.kept
    assert await conversation.jobs.move(now, {now.status}, Status.CANCELLED, due=None)
    await conversation.jobs.start_kept(user.id, [[(job, 0.003)]])
    started = await conversation.jobs.get(job.id)
    assert started
    assert started.kept is None


async def test_job_is_not_cancelled_for_an_order_that_fits(
    conversation: Conversation, redis: ArqRedis, user: User, language: str
) -> None:
    """The limit was raised meanwhile: the order starts, and the other job goes on."""
    refusal = await refuse(conversation, redis, user)
    running = await first_job(conversation, user)
    await limit(redis, Limit.USER_MAX_JOBS, 2)
    await conversation.press(user, refusal, INSTEAD[language])
    now = await conversation.jobs.get(running.id)
    assert now
    assert not now.cancel_requested
    assert (await conversation.job(user)).kept is None


async def test_budget_and_pause_repeat_when_possible(
    conversation: Conversation, redis: ArqRedis, user: User, language: str
) -> None:
    """The card says what the order waits for, without the time of a clock that would have to be edited."""
    store = LimitStore(redis, UNLIMITED)
    for name, waits in (
        (Limit.USER_DAILY_BUDGET, {"ru": "дневной бюджет", "en": "budget of the day"}),
        (Limit.TEAM_MONTHLY_BUDGET, {"ru": "месячный бюджет", "en": "budget of the month"}),
        (None, {"ru": "администратор возобновит", "en": "administrator resumes"}),
    ):
        await limit(redis, Limit.USER_DAILY_BUDGET, 0)
        await limit(redis, Limit.TEAM_MONTHLY_BUDGET, 0)
        await conversation.send_text(user, "/image a boat")
        if name:
            await limit(redis, name, 0.005)
        else:
            await store.pause("")
        refusal = await conversation.send_text(user, "/image a lighthouse")
        assert labels(refusal) == [LATER[language]]
        await conversation.press(user, refusal, LATER[language])
        assert waits[language] in words(await conversation.look(user, refusal))
        assert (await conversation.job(user)).kept


async def test_order_that_never_fits_is_not_kept(
    conversation: Conversation, redis: ArqRedis, user: User
) -> None:
    """It costs more than the whole budget."""
    await limit(redis, Limit.USER_DAILY_BUDGET, 0.001)
    assert labels(await conversation.send_text(user, "/image a lighthouse")) == []


async def test_formats_wait_together(
    conversation: Conversation, redis: ArqRedis, user: User, language: str
) -> None:
    """A set has one card, and is not offered if it has more jobs than the limit allows."""
    await limit(redis, Limit.USER_MAX_JOBS, 2)
    await conversation.send_text(user, "/image a house")
    refusal = await conversation.send_text(user, "/image a lighthouse --formats 1:1,9:16")
    assert labels(refusal) == [QUEUE[language]]
    await conversation.press(user, refusal, QUEUE[language])
    shown = await conversation.look(user, refusal)
    assert WAITS[language] in words(shown)
    assert len(labels(shown)) == 1
    assert len(await conversation.jobs.kept_ids(user.id)) == 2
    await limit(redis, Limit.USER_MAX_JOBS, 1)
    assert labels(await conversation.send_text(user, "/image a boat --formats 1:1,9:16")) == []


async def test_status_lists_what_waits(
    conversation: Conversation, redis: ArqRedis, user: User, language: str
) -> None:
    """Also orders that are not the newest job, each with the id that /cancel takes; /cancel takes the newest."""
    refusal = await refuse(conversation, redis, user)
    await conversation.press(user, refusal, QUEUE[language])
    older = await conversation.job(user)
    refusal = await conversation.send_text(user, "/image a boat")
    await conversation.press(user, refusal, QUEUE[language])
    newer = await conversation.job(user)
    shown = words(await conversation.send_text(user, "/status"))
    assert "a boat" in shown
    assert older.id in shown
    assert "a lighthouse" in shown
    await conversation.send_text(user, "/cancel")
    cancelled = await conversation.jobs.get(newer.id)
    assert cancelled
    assert cancelled.cancel_requested


async def test_only_so_many_orders_wait(
    conversation: Conversation, redis: ArqRedis, user: User, language: str
) -> None:
    """One more press gets an alert, and the refusal keeps its buttons."""
    await limit(redis, Limit.USER_MAX_JOBS, 1)
    await conversation.send_text(user, "/image a house")
    for number in range(MOST_KEPT + 1):
        refusal = await conversation.send_text(user, f"/image {number} boats")
        answer = await conversation.press(user, refusal, QUEUE[language])
    assert answer["show_alert"]
    assert str(MOST_KEPT) in answer["text"]
    assert QUEUE[language] in labels(await conversation.look(user, refusal))


async def test_old_or_forged_button_keeps_nothing(
    conversation: Conversation, redis: ArqRedis, user: User, language: str
) -> None:
    """The order is stored for a day, for its author only."""
    refusal = await refuse(conversation, redis, user)
    keys = await redis.keys(f"darkroom:refused-order:{user.id}:*")
    assert [0 < await redis.ttl(key) <= 24 * 3600 for key in keys] == [True]
    before = await conversation.job_count(user)
    order = keys[0].decode().rpartition(":")[2]
    async with await conversation.meet("Eve", language) as other:
        forged = KeepOrder(owner=other.id, order=order).pack()
        assert (await press(conversation, other, await other.last_from_bot(), forged))["show_alert"]
        assert await conversation.job_count(other) == 0
    await redis.delete(*keys)
    assert (await conversation.press(user, refusal, QUEUE[language]))["show_alert"]
    assert await conversation.job_count(user) == before


async def first_job(conversation: Conversation, user: User) -> Job:
    return (await conversation.jobs.page(user_id=user.id, limit=100)).jobs[-1]
