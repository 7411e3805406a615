"""Groups: a quick image is acknowledged by a reaction on its order, without a card."""

from collections.abc import AsyncIterator

import pytest
from arq.connections import ArqRedis

from tests.message import Message
from tests.user import User, create_group
from tests.worker.bot.conversation import Conversation
from worker.jobs.duration_stats import ENOUGH, Durations
from worker.model import UNSENT

FLUX = "fal-ai/flux/schnell"


@pytest.fixture
async def group(conversation: Conversation, language: str) -> AsyncIterator[User]:
    async with await conversation.meet("Аня", language) as anya:
        chat = await create_group(str(conversation.telegram.base_url), "Studio", [anya])
        await conversation.catch_up()
        yield anya.in_chat(chat)


async def usually_takes(redis: ArqRedis, seconds: float) -> None:
    for _ in range(ENOUGH):
        await Durations(redis).record(FLUX, seconds)


async def order(conversation: Conversation, user: User) -> Message:
    """Order an image; return the order as users see it."""
    sent = await user.say("/image@darkroom_bot a red apple")
    await conversation.catch_up()
    return await conversation.look(user, sent)


async def test_quick_order_gets_a_reaction(
    conversation: Conversation, redis: ArqRedis, group: User
) -> None:
    """The group sees eyes on the order, and no message."""
    await usually_takes(redis, 3)
    sent = await order(conversation, group)
    assert [each["emoji"] for each in sent["reactions"]] == ["👀"]
    assert await group.from_bot() == []
    job = await conversation.job(group)
    assert (job.reacted, job.card_missing, job.progress_message_id) == (True, UNSENT, None)


@pytest.mark.parametrize("seconds", [None, 30])
async def test_other_order_gets_a_card(
    conversation: Conversation, redis: ArqRedis, group: User, seconds: float | None
) -> None:
    """A slow model, and one whose time is not known yet."""
    if seconds:
        await usually_takes(redis, seconds)
    sent = await order(conversation, group)
    assert "reactions" not in sent
    assert len(await group.from_bot()) == 1
    assert not (await conversation.job(group)).reacted


async def test_private_chat_gets_a_card(
    conversation: Conversation, redis: ArqRedis, language: str
) -> None:
    """There the card becomes the result."""
    await usually_takes(redis, 3)
    async with await conversation.meet("Аня", language) as user:
        sent = await order(conversation, user)
        assert "reactions" not in sent
        assert (await conversation.job(user)).progress_message_id


async def test_refused_reaction_is_replaced_by_a_card(
    conversation: Conversation, redis: ArqRedis, group: User
) -> None:
    """A group may forbid reactions."""
    await usually_takes(redis, 3)
    await conversation.disturb(
        "setMessageReaction", status=400, description="Bad Request: REACTION_INVALID"
    )
    sent = await order(conversation, group)
    assert "reactions" not in sent
    assert len(await group.from_bot()) == 1
    assert (await conversation.job(group)).progress_message_id
