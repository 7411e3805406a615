"""Messages in a group that no person signs: anonymous admins, channels, a linked channel's posts."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.user import User, create_group
from tests.worker.bot.conversation import Conversation

ANONYMOUS = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
CHANNEL = {"id": -1001555, "type": "channel", "title": "Новости"}


@pytest.fixture
async def team(conversation: Conversation, anya: User) -> User:
    group = await create_group(str(conversation.telegram.base_url), "Команда", [anya])
    await conversation.catch_up()
    return anya.in_chat(group)


async def hear(
    conversation: Conversation, team: User, sender: Mapping[str, Any], text: str, **more: Any
) -> list[str]:
    """What the bot answers to a text that comes from this sender instead."""
    said = dict(await team.say(text))
    said |= {"from": sender, "sender_chat": said["chat"], **more}
    await conversation.updates()
    before = len(await team.from_bot())
    await conversation.handle({"update_id": said["message_id"], "message": said})
    return [message["text"] for message in (await team.from_bot())[before:]]


async def test_an_anonymous_admin_is_asked_for_their_name(
    conversation: Conversation, team: User
) -> None:
    """Nobody can see whose order it would be, nor in which language; the answer says what to switch off."""
    (answer,) = await hear(conversation, team, ANONYMOUS, "/image красное яблоко")
    assert "«Анонимность»" in answer
    assert "“Remain anonymous”" in answer


async def test_who_writes_as_a_channel_is_asked_for_their_name(
    conversation: Conversation, team: User
) -> None:
    """The answer says where to choose another one."""
    (answer,) = await hear(
        conversation, team, CHANNEL_BOT, "/Image@darkroom_bot яблоко", sender_chat=CHANNEL
    )
    assert "от имени канала" in answer


async def test_a_reply_to_the_bot_without_a_name_is_answered(
    conversation: Conversation, team: User
) -> None:
    """Words that answer the bot's message are meant for it, as a command is."""
    await team.say("/help")
    await conversation.catch_up()
    helped = await team.last_from_bot()
    (answer,) = await hear(conversation, team, ANONYMOUS, "красное яблоко", reply_to_message=helped)
    assert "«Анонимность»" in answer


@pytest.mark.parametrize("sender", [ANONYMOUS, CHANNEL_BOT], ids=["group", "channel"])
async def test_what_is_not_meant_for_the_bot_gets_no_answer(
    conversation: Conversation, team: User, sender: Mapping[str, Any]
) -> None:
    """Talk among colleagues and commands of other bots, also where the bot reads everything."""
    for text in ("обед в час?", "/image@other_bot яблоко", "/frobnicate"):
        assert await hear(conversation, team, sender, text) == []


async def test_a_group_is_asked_once_a_minute(conversation: Conversation, team: User) -> None:
    """Somebody whom nobody knows cannot make the bot talk without end."""
    answers = [await hear(conversation, team, ANONYMOUS, "/image яблоко") for _ in range(3)]
    assert [len(each) for each in answers] == [1, 0, 0]


@pytest.mark.parametrize("text", ["/image красное яблоко", "🖼 @darkroom_bot красное яблоко"])
async def test_a_linked_channels_post_is_no_order_and_gets_no_answer(
    conversation: Conversation, team: User, text: str
) -> None:
    """Telegram copies it into the group as its own user, whom a bot that is open to all would serve."""
    post = {"sender_chat": CHANNEL, "is_automatic_forward": True}
    assert await hear(conversation, team, TELEGRAM, text, **post) == []
    assert not (await conversation.jobs.page()).jobs
